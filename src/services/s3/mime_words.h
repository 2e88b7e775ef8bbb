// RFC 2047 encoded words, as S3 uses them for user metadata outside ASCII: decoded where a header brings them, encoded where an answer
// tells them; and ISO 8859-1, the text of other headers. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace fogbank::s3 {

/// Each "=?UTF-8?Q?…?=" and "=?UTF-8?B?…?=" becomes its text; bytes that are no UTF-8 become U+FFFD.
std::string decode_mime_words(std::string_view header);
/// The text itself if it is ASCII without control characters, else one encoded word: Q if most of its characters are ASCII, else B.
std::string encode_mime_word(std::string_view text);

/// System metadata travels in ISO 8859-1. Nothing if the text has other characters; or, with `spaces`, those become spaces.
std::optional<std::string> to_latin1(std::string_view utf8, bool spaces = false);

}  // namespace fogbank::s3
