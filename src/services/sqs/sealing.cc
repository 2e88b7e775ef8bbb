#include "services/sqs/sealing.h"

#include <set>
#include <stdexcept>

#include "base/aead.h"
#include "gateway/core.h"
#include "services/kms/data_keys.h"
#include "services/kms/owned_keys.h"
#include "services/sqs/caches.h"
#include "services/sqs/errors.h"
#include "services/sqs/receive.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxOpenKeys = 20'000;
constexpr std::string_view kManagedKey = "alias/aws/sqs", kService = "sqs";

/// What the authorise function found, for the handler.
struct SealFound {
  bool sealed = false;
  OpenKeyPtr open;          ///< within its reuse period
  std::string key, queue_arn, purpose;
  int64_t reuse = 0;
};
struct OpenFound { std::set<std::pair<std::string, std::string>> required; };   ///< queue ARN, key ARN

std::string who(const auth::Principal& p) { return !p.user_id.empty() ? p.user_id : p.arn; }

kms::KeyUse key_use(std::string_view key, const std::string& queue_arn) {
  kms::KeyUse use;
  use.service = kService;
  use.key = key == kManagedKey ? std::string_view() : key;
  use.context = {{"aws:sqs:arn", queue_arn}};
  use.reword = [](ApiError&& denial) { return from_kms(std::move(denial)); };
  return use;
}

template <class T> Result<T> worded(Result<T> r) {
  if (r) return r;
  return fail(from_kms(std::move(r.error())));
}

std::string open_purpose(const auth::Principal& p, const Seal& seal) { return cat("open ", who(p), ' ', seal.data_key); }

/// The seals of the messages that would be received now, each once.
std::vector<Seal> waiting_seals(store::Reader& reader, const Scope& scope, const Queue& queue, Millis now) {
  std::map<std::string, Seal> seals;
  peek(reader, {scope, queue, now}, [&](const Message& m) { if (m.seal && m.seal->by_kms()) seals.emplace(m.seal->data_key, *m.seal); });
  std::vector<Seal> out;
  for (auto& [_, seal] : seals) out.push_back(std::move(seal));
  return out;
}

/// The data key to seal with; null: the queue had no key of KMS when the call was decided.
Result<OpenKeyPtr> seal_key(Context& cx) {
  auto found = cx.found<SealFound>();
  if (!found || !found->sealed) return OpenKeyPtr();
  if (found->open) return found->open;
  FB_ASSIGN(made, worded(kms::generate_data_key(cx, key_use(found->key, found->queue_arn))));
  auto open = std::make_shared<OpenKey>();
  open->plain = std::move(made.plain);
  open->seal.data_key = std::move(made.ciphertext);
  open->seal.queue_arn = found->queue_arn;
  open->until = cx.now() + found->reuse * 1000;
  cx.state<State>().open_keys.put(found->purpose, open);
  return OpenKeyPtr(open);
}

}  // namespace

OpenKeyPtr OpenKeys::find(const std::string& purpose, Millis now) {
  auto keys = keys_.lock();
  auto it = keys->find(purpose);
  return it != keys->end() && now < it->second->until ? it->second : nullptr;
}

void OpenKeys::put(const std::string& purpose, OpenKeyPtr key) {
  auto keys = keys_.lock();
  if (keys->size() >= kMaxOpenKeys) keys->clear();
  (*keys)[purpose] = std::move(key);
}

Result<void> require_seal(AuthoriseContext& cx, const Queue& queue, const std::string& queue_arn) {
  if (queue.kms_key.empty()) return {};
  SealFound& found = cx.find<SealFound>();
  found.sealed = true;
  found.key = queue.kms_key;
  found.queue_arn = queue_arn;
  found.reuse = queue.key_reuse;
  found.purpose = cat("seal ", queue.id, ' ', queue.key_reuse, ' ', who(cx.principal()), ' ', queue.kms_key);
  found.open = cx.core().state<State>().open_keys.find(found.purpose, cx.core().now());
  if (found.open) return {};
  kms::KeyUse use = key_use(found.key, found.queue_arn);
  FB_TRY(worded(kms::require_generate(cx, use)));
  return worded(kms::require_decrypt(cx, use));  // AWS verifies a new data key before it uses it
}

Result<Sealer> find_sealer(Context& cx, const Queue& queue) {
  FB_ASSIGN(key, seal_key(cx));
  const bool owned = !key && queue.managed_sse;
  return Sealer{std::move(key), owned};
}

void seal(Context& cx, const Sealer& sealer, std::string_view message_id, Draft& draft) {
  if (!sealer.key && !sealer.owned) return;
  draft.seal = sealer.key ? sealer.key->seal : Seal{};
  draft.seal->message_id = message_id;
  draft.content.body_md5 = draft.body_md5;
  const std::string plain = encode(draft.content);
  draft.content = Content{};
  draft.content.sealed = sealer.key ? aead::seal(sealer.key->plain.view(), cx.random().bytes(aead::kNonceBytes), message_id, plain)
                                    : kms::seal_owned(cx.core(), kService, message_id, plain);
}

Result<void> require_open(AuthoriseContext& cx, const Queue& queue) {
  if (!queue.sealed) return {};
  OpenKeys& keys = cx.core().state<State>().open_keys;
  OpenFound& found = cx.find<OpenFound>();
  for (const Seal& seal : waiting_seals(cx.reader(), cx.target(), queue, cx.core().now())) {
    if (keys.find(open_purpose(cx.principal(), seal), cx.core().now())) continue;
    std::string key_arn = kms::key_arn_of(cx.target(), seal.data_key);
    if (!found.required.emplace(seal.queue_arn, key_arn).second) continue;
    FB_TRY(worded(kms::require_decrypt(cx, key_use(key_arn, seal.queue_arn))));
  }
  return {};
}

Result<Opened> open_keys(Context& cx, const Queue& queue) {
  Opened opened;
  if (!queue.sealed) return opened;
  auto found = cx.found<OpenFound>();
  OpenKeys& keys = cx.state<State>().open_keys;
  std::vector<Seal> seals;
  cx.read([&](store::Reader& reader) { seals = waiting_seals(reader, cx.scope(), queue, cx.now()); });
  for (const Seal& seal : seals) {
    const std::string purpose = open_purpose(cx.principal(), seal);
    OpenKeyPtr open = keys.find(purpose, cx.now());
    if (!open) {
      std::string key_arn = kms::key_arn_of(cx.scope(), seal.data_key);
      if (!found || !found->required.contains({seal.queue_arn, key_arn})) continue;  // it came after the decision
      FB_ASSIGN(plain, worded(kms::decrypt(cx, key_use(key_arn, seal.queue_arn), seal.data_key)));
      auto made = std::make_shared<OpenKey>();
      made->plain = std::move(plain);
      made->seal = seal;
      made->until = cx.now() + queue.key_reuse * 1000;
      keys.put(purpose, made);
      open = std::move(made);
    }
    opened.emplace(seal.data_key, std::move(open));
  }
  return opened;
}

OpenKeyPtr find_open(Context& cx, const Seal& seal) { return cx.state<State>().open_keys.find(open_purpose(cx.principal(), seal), cx.now()); }

void unseal(Context& cx, const Opened& opened, Message& m) {
  if (!m.seal) return;
  std::optional<std::string> plain;
  if (m.seal->by_kms()) {
    auto key = opened.find(m.seal->data_key);
    if (key == opened.end()) throw std::logic_error("a sealed message was taken without its data key");
    plain = aead::open(key->second->plain.view(), m.content.sealed, m.seal->message_id);
  } else {
    plain = kms::open_owned(cx.core(), kService, m.content.sealed, m.seal->message_id);
  }
  auto content = plain ? decode<Content>(*plain) : std::nullopt;
  if (!content) throw std::runtime_error("a sealed message is damaged");
  m.content = std::move(*content);
  if (!m.content.body_md5.empty()) m.body_md5 = m.content.body_md5;
}

}  // namespace fogbank::sqs
