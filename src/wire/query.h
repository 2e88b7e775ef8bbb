// Form-encoded requests: the query and ec2 protocols. Internal to src/wire. Thread-safe, no state.
//
// Parameters are split and sorted once by their path ("A.member.10.B" by its pieces), so that every structure, list and map is one
// range of the sorted parameters and no member is ever searched for.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "wire/model.h"

namespace fogbank::wire {

struct Param { std::string_view key, value; };

/// Splits "a=b&c", decodes both sides (into the arena where needed) and appends. False beyond the bound of parameters.
bool split_params(std::string_view form, std::vector<Param>& out, Arena& arena);

Result<void> read_query(const Shape& structure, void* base, std::string_view query_string, std::string_view body, bool ec2, Arena& arena);

/// Appends "&Name=value" for all that is present.
void write_query(const Shape& structure, const void* base, bool ec2, std::string& out);

}  // namespace fogbank::wire
