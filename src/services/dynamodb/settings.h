// Settings of tables that CreateTable and UpdateTable read alike: streams, encryption. Stateless.
#pragma once
#include "gen/dynamodb/types.h"
#include "services/dynamodb/state.h"

namespace fogbank::dynamodb {

Result<void> read_stream_specification(const svc::StreamSpecification* in);
/// Which key a table is said to be encrypted with. Data is kept as it is; see README.
Result<void> read_encryption(const Scope& scope, const svc::SSESpecification* in, Table& out);

}  // namespace fogbank::dynamodb
