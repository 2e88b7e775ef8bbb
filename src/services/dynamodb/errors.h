// DynamoDB's refusals that more than one operation gives. Stateless.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/strings.h"

namespace fogbank::dynamodb {

inline ApiError invalid(std::string text) { return ApiError("ValidationException", std::move(text)); }
inline ApiError invalid_parameters(std::string_view text) { return invalid(cat("One or more parameter values were invalid: ", text)); }
inline ApiError table_not_found() { return ApiError("ResourceNotFoundException", "Requested resource not found"); }
inline ApiError table_not_found(std::string_view name) { return ApiError("ResourceNotFoundException", cat("Requested resource not found: Table: ", name, " not found")); }
inline ApiError condition_failed() { return ApiError("ConditionalCheckFailedException", "The conditional request failed"); }
inline ApiError nested_too_deep() { return invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"); }

/// Keys that are not what the table's schema says. Alone they refuse the call, in a transaction they cancel it.
inline constexpr std::string_view kSchemaMismatch = "schema mismatch";
inline ApiError schema_mismatch(ApiError e) { e.detail = kSchemaMismatch; return e; }
inline bool is_schema_mismatch(const ApiError& e) { return e.detail == kSchemaMismatch; }
inline ApiError key_mismatch() { return schema_mismatch(invalid("The provided key element does not match the schema")); }
inline ApiError not_served(std::string_view what) { return ApiError("NotImplemented", cat(what, " is not served"), 501); }

}  // namespace fogbank::dynamodb
