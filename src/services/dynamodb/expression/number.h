// DynamoDB's numbers: decimal, up to 38 significant digits, magnitude 1E-130 to 9.9999999999999999999999999999999999999E+125.
//
// A number is kept as bytes whose order is the order of the values, so that it serves as value and as sort key alike and comparing is
// memcmp: one byte of sign and base-100 exponent, then base-100 digits (plus 1; of negative numbers 101 minus the digit, and 102 at the
// end); zero is the byte 80. At most 22 bytes. Equal values have equal bytes. Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::dynamodb {

inline constexpr size_t kMaxNumberBytes = 22;

/// The number that a text says ("1", "-0.5e10"), appended to `out`; or DynamoDB's refusal.
Result<void> encode_number(std::string_view text, std::string& out);
/// A whole number.
std::string number_of(int64_t value);
/// Canonical text: "0", "-1.5", "1E+40" is written in full as DynamoDB does (digits and zeros, no exponent).
std::string number_text(std::string_view number);
/// Appends the canonical text.
void append_number_text(std::string_view number, std::string& out);
/// a + b, or a - b; exact, or an error if more than 38 digits would be needed or the range is left.
Result<std::string> add_numbers(std::string_view a, std::string_view b, bool subtract);
/// The value as seconds or another whole number, cut towards zero; nothing if it is not within 64 bits.
std::optional<int64_t> whole_number(std::string_view number);
/// Bytes that DynamoDB counts for a number: one per two significant digits on each side of the point, rounded up, plus one, plus one for a
/// minus sign. (Its guide says less; this is what its limit of 400 KB goes by.)
size_t number_size(std::string_view number);

}  // namespace fogbank::dynamodb
