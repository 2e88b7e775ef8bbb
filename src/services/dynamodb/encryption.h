// Tables under a key of KMS (SSESpecification): which key, and that callers may use it.
//
// A table's data key is made under its KMS key when encryption is turned on, for the caller (kms:GenerateDataKey, kms:Decrypt and, of a
// customer's key, kms:DescribeKey and kms:CreateGrant, with kms:ViaService and DynamoDB's encryption context), and opened before each call
// that reads or writes items, for that caller (kms:Decrypt). So a disabled key, or one that the caller may not use, stops them as at AWS.
// The items themselves are not encrypted with it in the store; see README.
// The authorise functions and the handlers' halves belong together as in kms/data_keys.h. Stateless; the sealed data key is in the table's record.
#pragma once
#include <string>
#include <string_view>

#include "gateway/authorise.h"
#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables.h"

namespace fogbank::dynamodb {

/// In authorise functions of CreateTable and UpdateTable.
Result<void> require_encryption(AuthoriseContext& cx, std::string_view table, const svc::SSESpecification* in);
/// In their handlers, outside of cx.write: what `in` asks for, in the sse… members of `out`.
Result<void> make_encryption(Context& cx, const Scope& scope, std::string_view table, const svc::SSESpecification* in, Table& out);
/// Takes over what make_encryption made; refuses what changes nothing.
Result<void> change_encryption(const svc::SSESpecification* in, const Table& made, Table& table);

/// In authorise functions of item operations; once per call and table.
Result<void> require_items_key(AuthoriseContext& cx, const TableAddress& address, const TablePtr& table);
/// In their handlers, outside of cx.read and cx.write (find_table does it).
Result<void> open_items_key(Context& cx, const TableRef& table);

/// False while the table's key is disabled, about to be deleted, or gone.
bool key_accessible(Context& cx, store::Reader& reader, const Scope& scope, const Table& table);

}  // namespace fogbank::dynamodb
