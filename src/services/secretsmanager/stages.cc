#include "services/secretsmanager/stages.h"

#include "base/strings.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

void forget_deprecated(store::Txn& tx, const Scope& scope, StoredSecret& secret) {
  if (size_t(secret.versions) <= kKeptDeprecated) return;
  std::vector<Version> deprecated;
  for (Version& v : versions_of(tx, scope, secret.name))
    if (labels_of(secret, v.id).empty()) deprecated.push_back(std::move(v));
  for (size_t i = 0; i + kKeptDeprecated < deprecated.size(); i++) {
    tx.erase(version_key(scope, secret.name, deprecated[i].id));
    tx.erase(value_key(scope, secret.name, deprecated[i].id));
    secret.versions--;
  }
}

}  // namespace

std::vector<std::string> labels_of(const StoredSecret& secret, std::string_view version_id) {
  std::vector<std::string> out;
  for (const auto& [label, id] : secret.stages) if (id == version_id) out.push_back(label);
  return out;
}

void move_label(StoredSecret& secret, std::string_view label, std::string_view version_id) {
  std::string id(version_id);
  if (label == kCurrent) {
    auto old = secret.stages.find(std::string(kCurrent));
    if (old != secret.stages.end() && old->second != id) {
      std::string left = old->second;
      secret.stages[std::string(kPrevious)] = left;
      auto pending = secret.stages.find(std::string(kPending));
      if (pending != secret.stages.end() && pending->second == left) secret.stages.erase(pending);
    }
  }
  secret.stages[std::string(label)] = id;
}

Result<void> put_version(store::Txn& tx, const Scope& scope, StoredSecret& secret, Version version, const Value& value, const std::vector<std::string>& labels) {
  // AWSCURRENT first: another label of the request may be one that it leaves behind.
  for (const std::string& label : labels) if (label == kCurrent) move_label(secret, label, version.id);
  for (const std::string& label : labels) if (label != kCurrent) move_label(secret, label, version.id);
  if (secret.stages.size() > kLabelsPerSecret) return fail(limit_exceeded(cat("A secret can't have more than ", kLabelsPerSecret, " staging labels.")));
  version.number = ++secret.made;
  secret.versions++;
  tx.put_record(version_key(scope, secret.name, version.id), version);
  tx.put_record(value_key(scope, secret.name, version.id), value);
  forget_deprecated(tx, scope, secret);
  tx.put_record(secret_key(scope, secret.name), secret);
  return {};
}

}  // namespace fogbank::secretsmanager
