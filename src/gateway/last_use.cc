#include "gateway/last_use.h"

#include "base/strings.h"
#include "gateway/call.h"
#include "gateway/chain.h"
#include "gateway/operation.h"

namespace fogbank {
namespace {

constexpr store::Table kUses{"iam", "last_use"};
constexpr store::Table kKeyUses{"iam", "key_use"};

/// Puts a newer use in the place of the older one of the same action and Region.
void merge(std::vector<LastUse>& uses, const LastUse& use) {
  for (LastUse& old : uses)
    if (old.action == use.action && old.region == use.region) {
      if (old.time <= use.time) old = use;
      return;
    }
  uses.push_back(use);
}

/// The unique id of the entity behind a principal; empty for those that IAM does not record.
std::string_view entity_of(const Call& call) {
  const auth::Principal& p = *call.principal;
  if (p.development || !call.policies || call.policies->gone) return {};
  switch (p.kind) {
    case auth::PrincipalKind::user: return p.user_id;
    case auth::PrincipalKind::role_session: return std::string_view(p.user_id).substr(0, p.user_id.find(':'));
    case auth::PrincipalKind::federated_user: return call.policies->who.issuer_id;
    default: return {};
  }
}

/// "s3:GetObject": what was decided first, or what the operation is called.
std::string_view action_of(const Call& call) {
  std::string_view decided = call.decision;
  if (size_t end = decided.find(" on "); end != std::string_view::npos && decided.substr(0, end).find(':') != std::string_view::npos) return decided.substr(0, end);
  return call.op->action;
}

}  // namespace

LastUses::LastUses(store::Store& store) : epoch_(store.epoch()), store_(store) {
  store.on_commit([this](const store::Store::Batch& batch) { settled(batch); });
}

void LastUses::settled(const store::Store::Batch& batch) {
  std::lock_guard lock(mutex_);
  if (batch.ticket <= newest_) return;   // told once more
  newest_ = batch.ticket;
  for (const auto& [key, change] : drained_) {
    auto n = batch.ok ? new_.find(key) : new_.end();   // what was undone is still to be written
    if (n != new_.end() && n->second.change == change) new_.erase(n);
  }
  drained_.clear();
}

void LastUses::note(const Call& call, Millis now) {
  if (!call.principal || !call.op) return;
  std::string_view id = entity_of(call);
  if (id.empty()) return;
  std::string_view action = action_of(call);
  size_t colon = action.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view region = call.target.region.empty() ? std::string_view("us-east-1") : std::string_view(call.target.region.value);
  std::string_view key = call.principal->kind == auth::PrincipalKind::user ? std::string_view(call.principal->access_key_id) : std::string_view();
  Millis span = now / kSpan;
  thread_local std::string name;
  name.assign(id);
  append(name, '\0', action, '\0', region);

  std::lock_guard lock(mutex_);
  forget_after_reset();
  if (known_.size() >= kMostKnown || known_keys_.size() >= kMostKnown) {
    known_.clear();
    known_keys_.clear();
  }
  LastUse use;
  auto fill = [&] { use = {now, std::string(action.substr(0, colon)), std::string(action.substr(colon + 1)), std::string(region), {}}; };
  Known& known = known_[name];
  if (known.span != span) {
    known.span = span;
    fill();
    renew(id, call.caller, false, use);
  }
  if (key.empty()) return;
  name.assign(key);
  KnownKey& of_key = known_keys_[name];
  std::string_view service = action.substr(0, colon);
  if (of_key.span == span && of_key.service == service && of_key.region == region) return;
  of_key = {span, std::string(service), std::string(region)};
  fill();
  renew(key, call.caller, true, use);
}

void LastUses::renew(std::string_view id, const Scope& account, bool of_key, const LastUse& use) {
  store::Key row = of_key ? store::key(account.global(), kKeyUses, id) : store::key(account.global(), kUses, id, use.service);
  New& n = new_[row.bytes()];
  n.account = account.global();
  n.id = id;
  n.of_key = of_key;
  n.change = ++changes_;
  if (of_key) n.uses.assign(1, use);
  else merge(n.uses, use);
}

/// Under mutex_. What was noted before a reset, or the loading of a snapshot, is of a store that is gone.
void LastUses::forget_after_reset() {
  uint64_t epoch = store_.epoch();
  if (epoch == epoch_) return;
  epoch_ = epoch;
  known_.clear();
  known_keys_.clear();
  new_.clear();
}

void LastUses::drain(store::Txn& tx) {
  std::lock_guard lock(mutex_);
  forget_after_reset();
  drained_.clear();
  for (const auto& [key, n] : new_) {
    if (drained_.size() == kRowsPerCommit) return;
    drained_.emplace_back(key, n.change);
    store::Key k = store::Key::raw(key, false);
    if (n.of_key) {
      tx.put_record(k, n.uses[0]);
      continue;
    }
    LastUseRow row = tx.get_as<LastUseRow>(k).value_or(LastUseRow());
    for (const LastUse& use : n.uses) merge(row.uses, use);
    tx.put_record(k, row);
  }
}

bool LastUses::pending() const {
  std::lock_guard lock(mutex_);
  return !new_.empty();
}

void LastUses::each(store::Reader& reader, const Scope& account, std::string_view id, const std::function<void(const LastUse&)>& visit) const {
  reader.scan_prefix(store::key(account.global(), kUses, id), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto row = decode<LastUseRow>(bytes)) for (const LastUse& use : row->uses) visit(use);
    return true;
  });
  std::lock_guard lock(mutex_);
  for (const auto& [key, n] : new_)
    if (!n.of_key && n.id == id && n.account == account.global()) for (const LastUse& use : n.uses) visit(use);
}

std::optional<LastUse> LastUses::of_key(store::Reader& reader, const Scope& account, std::string_view access_key_id) const {
  store::Key key = store::key(account.global(), kKeyUses, access_key_id);
  {
    std::lock_guard lock(mutex_);
    if (auto fresh = new_.find(key.bytes()); fresh != new_.end()) return fresh->second.uses[0];
  }
  return reader.get_as<LastUse>(key);
}

void LastUses::erase(store::Txn& tx, const Scope& account, std::string_view id) {
  std::vector<std::string> rows;
  tx.scan_prefix(store::key(account.global(), kUses, id), [&](std::string_view key, std::string_view, store::Version) {
    rows.emplace_back(key);
    return true;
  });
  for (std::string& row : rows) tx.erase(store::Key::raw(std::move(row), false));
}

void LastUses::erase_key(store::Txn& tx, const Scope& account, std::string_view access_key_id) {
  tx.erase(store::key(account.global(), kKeyUses, access_key_id));
}

}  // namespace fogbank
