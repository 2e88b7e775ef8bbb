#include "services/dynamodb/encryption.h"

#include <set>

#include "services/dynamodb/errors.h"
#include "services/kms/data_keys.h"
#include "services/kms/resolve.h"

namespace fogbank::dynamodb {
namespace {

constexpr std::string_view kManagedAlias = "alias/aws/dynamodb";

/// The tables of a call whose data keys were asked for, and those that were opened already. Of one call, so of one thread.
struct ItemsKeys {
  std::set<uint64_t> required;
  mutable std::set<uint64_t> opened;
};

std::string as_aws_client(std::string_view exception, std::string_view message, std::string_view code) {
  return cat("com.amazonaws.services.kms.model.", exception, ": ", message, " (Service: AWSKMS; Status Code: 400; Error Code: ", code, "; Proxy: null)");
}

/// A denial of KMS as DynamoDB tells it.
ApiError denied(ApiError&& e) {
  return {"AccessDeniedException", cat("KMS key access denied error: ", as_aws_client("AWSKMSException", e.message, "AccessDeniedException"))};
}

/// Other errors of KMS as DynamoDB tells them.
ApiError worded(ApiError&& e) {
  if (e.status != 400) return std::move(e);
  if (e.code == "AccessDeniedException") return denied(std::move(e));
  return invalid(cat("KMS validation error: ", as_aws_client(e.code, e.message, e.code)));
}
template <class T> Result<T> worded(Result<T> r) {
  if (r) return r;
  return fail(worded(std::move(r.error())));
}

std::string_view key_named(const svc::SSESpecification& in) {
  std::string_view key = in.KMSMasterKeyId.view();
  return key == kManagedAlias ? std::string_view() : key;
}

kms::KeyUse key_use(const Scope& scope, std::string_view table, std::string_view key = {}) {
  kms::KeyUse use;
  use.service = "dynamodb";
  use.key = key;
  use.context = {{"aws:dynamodb:tableName", std::string(table)}, {"aws:dynamodb:subscriberId", std::string(scope.account.str())}};
  use.reword = denied;
  return use;
}

bool turned_on(const svc::SSESpecification* in) { return in && in->Enabled.value_or(false); }

/// What DynamoDB needs to work with a customer's key when the caller is away.
Result<void> require_grant(AuthoriseContext& cx, const kms::KeyUse& use) {
  FB_ASSIGN(named, kms::resolve_key(cx.core(), cx.reader(), cx.target(), use.key, kms::Aliases::taken));
  for (std::string_view action : {"kms:DescribeKey", "kms:CreateGrant"}) {
    kms::KeyDecision decision;
    decision.action = action;
    decision.via_service = use.service;
    Requirement& r = kms::require_key(cx, named, decision);
    r.reword = denied;
    if (action == "kms:CreateGrant") r.keys["kms:grantisforawsresource"] = {"true"};
  }
  return {};
}

}  // namespace

Result<void> require_encryption(AuthoriseContext& cx, std::string_view table, const svc::SSESpecification* in) {
  if (!turned_on(in) || in->SSEType == "AES256") return {};
  kms::KeyUse use = key_use(cx.target(), table, key_named(*in));
  if (!use.key.empty()) FB_TRY(worded(require_grant(cx, use)));
  FB_TRY(worded(kms::require_generate(cx, use)));
  return use.key.empty() ? Result<void>{} : worded(kms::require_decrypt_later(cx, use));
}

Result<void> make_encryption(Context& cx, const Scope& scope, std::string_view table, const svc::SSESpecification* in, Table& out) {
  if (!in) return {};
  if (!turned_on(in)) {
    if (in->SSEType || in->KMSMasterKeyId) return fail(invalid_parameters("SSEType and KMSMasterKeyId cannot be specified when SSE is disabled"));
    return {};
  }
  if (in->SSEType == "AES256") return fail(invalid_parameters("SSEType AES256 is not supported"));
  FB_ASSIGN(key, worded(kms::generate_data_key(cx, key_use(scope, table, key_named(*in)))));
  out.sse = true;
  out.sse_key = std::move(key.key_arn);
  out.sse_data_key = std::move(key.ciphertext);
  return {};
}

Result<void> change_encryption(const svc::SSESpecification* in, const Table& made, Table& table) {
  if (!in) return {};
  if (!made.sse && !table.sse) return fail(invalid_parameters("Table is already encrypted by default"));
  if (made.sse && table.sse && made.sse_key == table.sse_key) return fail(invalid_parameters("Table is already encrypted by given KMSMasterKeyId"));
  table.sse = made.sse;
  table.sse_key = made.sse_key;
  table.sse_data_key = made.sse_data_key;
  return {};
}

Result<void> require_items_key(AuthoriseContext& cx, const TableAddress& address, const TablePtr& table) {
  if (!table || table->sse_data_key.empty()) return {};
  if (!cx.find<ItemsKeys>().required.insert(table->id).second) return {};
  return worded(kms::require_decrypt(cx, key_use(address.scope, table->name), table->sse_data_key));
}

Result<void> open_items_key(Context& cx, const TableRef& table) {
  if (table->sse_data_key.empty()) return {};
  auto keys = cx.found<ItemsKeys>();
  if (keys && !keys->opened.insert(table->id).second) return {};
  FB_ASSIGN(opened, worded(kms::decrypt(cx, key_use(table.scope, table->name), table->sse_data_key)));
  return {};
}

bool key_accessible(Context& cx, store::Reader& reader, const Scope& scope, const Table& table) {
  if (table.sse_key.empty()) return true;
  auto named = kms::resolve_key(cx.core(), reader, scope, table.sse_key, kms::Aliases::refused);
  return named && named->key && named->key->state == kms::KeyState::enabled;
}

}  // namespace fogbank::dynamodb
