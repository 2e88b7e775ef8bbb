// Decoder of the chunked transfer coding, RFC 9112 section 7.1. Pure; bounded: a size line (with extensions) has at most 4 KiB, the
// trailer section 16 KiB and 64 fields, a chunk at most 2^48 bytes. Extensions are skipped. Bare LF is refused.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace fogbank::http {

class ChunkDecoder {
 public:
  enum class Found : uint8_t { more, data, end, bad };
  /// Looks at the front of `bytes`. The caller drops `consumed` bytes; `piece` is a view of content (Found::data).
  struct Step { Found found; size_t consumed; std::string_view piece; };
  Step next(std::string_view bytes);
  const std::vector<Field>& trailers() const { return trailers_; }  ///< after Found::end; the views point into this object

 private:
  enum class At : uint8_t { size_line, content, content_end, trailer, finished };
  Step take_line(std::string_view bytes);
  bool read_size(std::string_view line);
  Step take_trailer_line(std::string_view line, size_t consumed);
  At at_ = At::size_line;
  uint64_t left_ = 0;
  std::string line_;  ///< an unfinished line
  std::string trailer_lines_;
  std::vector<Field> trailers_;
};

}  // namespace fogbank::http
