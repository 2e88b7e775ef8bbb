// Settings of tables that CreateTable and UpdateTable read alike: streams. Stateless.
#pragma once
#include "gen/dynamodb/types.h"
#include "services/dynamodb/state.h"

namespace fogbank::dynamodb {

Result<void> read_stream_specification(const svc::StreamSpecification* in);

}  // namespace fogbank::dynamodb
