#include "services/secretsmanager/secret_values.h"

#include <algorithm>
#include <optional>

#include "base/json_text.h"
#include "base/strings.h"
#include "services/secretsmanager/encryption.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/reads.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/stages.h"

namespace fogbank::secretsmanager {
namespace {

Result<std::string> version_of(store::Reader& reader, const NamedSecret& named, const SecretRead& read) {
  const auto& stages = named.secret->stages;
  std::string stage(read.version_stage.empty() ? kCurrent : read.version_stage);
  auto at = stages.find(stage);
  if (read.version_id.empty()) {
    if (at == stages.end()) return fail(stage_not_found(stage));
    return at->second;
  }
  if (!reader.has(version_key(named.scope, named.name, read.version_id))) return fail(version_not_found(read.version_id));
  if (!read.version_stage.empty() && (at == stages.end() || at->second != read.version_id))
    return fail(invalid_request("You provided a VersionStage that is not associated to the provided VersionId."));
  return std::string(read.version_id);
}

/// Finds the version and requires its key. What is wrong is told by the handler, after the decision about the secret.
Result<void> require_version(AuthoriseContext& cx, const SecretRead& read, Reads::One& one) {
  const NamedSecret& named = one.named;
  if (!named.secret) return fail(secret_not_found());
  if (named.secret->deletion_at) return fail(marked_for_deletion());
  FB_ASSIGN(id, version_of(cx.reader(), named, read));
  auto version = cx.reader().get_as<Version>(version_key(named.scope, named.name, id));
  auto value = cx.reader().get_as<Value>(value_key(named.scope, named.name, id));
  if (!version || !value) return fail(version_not_found(id));
  one.version = std::move(*version);
  one.opening = require_open(cx, named.scope, named.arn, id, std::make_shared<const Value>(std::move(*value)), size_t(std::max(read.entry, 0)));
  return {};
}

bool same(const Reads::One& one, const SecretRead& read) {
  return one.id == read.id && one.version_id == read.version_id && one.version_stage == read.version_stage && one.entry == read.entry;
}

/// Notes that the secret and the version were read on this day, once a day.
Result<void> note_access(Context& cx, const Reads::One& one) {
  Millis today = cx.now() / kDay * kDay;
  if (one.named.secret->accessed == today && one.version.accessed == today) return {};
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto secret = secret_in(tx, one.named);
    auto version = tx.get_as<Version>(version_key(one.named.scope, one.named.name, one.version.id));
    if (!secret || !version) return {};   // gone meanwhile: nothing to note
    secret->accessed = version->accessed = today;
    tx.put_record(secret_key(one.named.scope, one.named.name), *secret);
    tx.put_record(version_key(one.named.scope, one.named.name, one.version.id), *version);
    return {};
  });
}

Result<SecretValue> value_of(Context& cx, const Reads::One& one) {
  if (one.refused) return fail(*one.refused);
  FB_ASSIGN(plain, open(cx, one.opening));
  FB_TRY(note_access(cx, one));
  return SecretValue{one.named.arn, one.named.name, one.version.id, labels_of(*one.named.secret, one.version.id), one.version.created, one.opening.value->binary, std::move(plain)};
}

}  // namespace

Result<void> require_read(AuthoriseContext& cx, const SecretRead& read) {
  FB_ASSIGN(named, resolve_secret(cx.core(), cx.reader(), cx.caller(), read.id));
  Requirement& r = require_secret(cx, named, "secretsmanager:GetSecretValue");
  r.entry = read.entry;
  if (!read.via_service.empty()) {
    r.via_service = cat(read.via_service, ".amazonaws.com");
    if (!read.version_id.empty()) r.keys["secretsmanager:versionid"] = {std::string(read.version_id)};
    if (!read.version_stage.empty()) r.keys["secretsmanager:versionstage"] = {std::string(read.version_stage)};
  }
  Reads::One one;
  one.id = read.id;
  one.version_id = read.version_id;
  one.version_stage = read.version_stage;
  one.entry = read.entry;
  one.named = std::move(named);
  auto required = require_version(cx, read, one);
  if (!required) one.refused = std::move(required.error());
  cx.find<Reads>().all.push_back(std::move(one));
  return {};
}

Result<SecretValue> read_secret(Context& cx, const SecretRead& read) {
  auto reads = cx.found<Reads>();
  const Reads::One* one = nullptr;
  if (reads) for (const auto& o : reads->all) if (same(o, read)) one = &o;
  if (!one) {
    ApiError e = changed_meanwhile();
    e.detail = "secretsmanager:GetSecretValue was not required by the authorise function";
    return fail(std::move(e));
  }
  if (read.entry >= 0) if (const ApiError* denied = cx.entry_denied(size_t(read.entry))) return fail(*denied);
  auto value = value_of(cx, *one);
  if (!read.via_service.empty()) {
    JsonText parameters;
    parameters.open().member("secretId", read.id).close();
    cx.record_use({"secretsmanager", "GetSecretValue", cat(read.via_service, ".amazonaws.com"), one->named.scope, parameters.str(), true},
                  value ? Result<void>{} : Result<void>(fail(value.error())));
  }
  return value;
}

}  // namespace fogbank::secretsmanager
