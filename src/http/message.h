// Writing heads of responses: status line, fields, Date, framing.
#pragma once
#include <string>
#include <string_view>

#include "http/server.h"

namespace fogbank::http {

std::string_view reason_phrase(int status);

/// How a response's body is delimited.
enum class Delimiter : uint8_t { none, length, chunked, close };

/// True if responses of this status never have a body.
inline bool bodiless(int status) { return status < 200 || status == 204 || status == 304; }

/// Appends a whole head. `connection`: "close", "keep-alive" or empty for no Connection field.
void append_head(std::string& out, int status, std::string_view fields, std::string_view date, Delimiter delimiter, int64_t length,
                 std::string_view connection);

}  // namespace fogbank::http
