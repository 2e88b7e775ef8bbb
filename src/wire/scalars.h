// Scalars as text: how XML, query, headers and labels write numbers, booleans, timestamps and blobs. Thread-safe, no state.
#pragma once
#include <string>
#include <string_view>

#include "wire/model.h"

namespace fogbank::wire {

inline bool is_scalar(Kind k) { return k != Kind::list && k != Kind::map && k != Kind::structure && k != Kind::document; }

/// iso8601_millis writes ".000Z" always, as S3 and EC2 do; plain iso8601 a fraction only where there is one.
enum class TimeText : uint8_t { iso8601, iso8601_millis, rfc822, unix_seconds };
/// What a member's own format means; `standard` becomes the given default.
TimeText time_text(TimeFormat format, TimeText standard);

void append_time(std::string& out, int64_t millis, TimeText format);
/// Reads any of the formats: they cannot be confused. Nothing if it is none of them.
bool parse_time(std::string_view text, int64_t& millis);
/// Seconds since 1970, maybe with a fraction or an exponent.
bool parse_unix_time(std::string_view text, int64_t& millis);

/// Shortest text that reads back the same; NaN, Infinity and -Infinity by name.
void append_float(std::string& out, float v);
void append_double(std::string& out, double v);

/// Appends a present scalar slot; blobs as base64.
void append_scalar(std::string& out, Kind kind, const void* slot, TimeText time);
/// Reads a text into a scalar slot. Text kinds borrow `text`; a false return means that it is not such a value.
bool parse_scalar(Kind kind, std::string_view text, void* slot, Arena& arena);

/// What a text should have been, for error texts: "integer", "timestamp".
const char* kind_name(Kind kind);

void append_base64(std::string& out, std::string_view bytes);
bool decode_base64(std::string_view text, Blob& out, Arena& arena);

}  // namespace fogbank::wire
