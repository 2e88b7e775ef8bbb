// Decoder for bodies in S3's aws-chunked encoding, with or without chunk signatures and trailing headers.
//
//   <size in hexadecimal>[;chunk-signature=<64 digits>]\r\n <data> \r\n … 0[;chunk-signature=…]\r\n [<trailer>:<value>\r\n …] \r\n
//
// Every chunk's signature covers the one before it; the first covers the request's own. Data is handed out as it arrives, before its
// chunk's signature is complete, so that nothing is buffered: whoever receives it keeps it only if finish() succeeds.
// Bounds: a chunk header of kMaxChunkHeader bytes, trailers of kMaxTrailerBytes bytes and kMaxTrailers names, never more data than
// x-amz-decoded-content-length says. Apart from that, memory does not depend on the body.
// A decoder belongs to one request and one thread at a time. After an error it stays in that error.
// Source: S3 API reference, "Signature Calculations … Transferring Payload in Multiple Chunks" and "… Including Trailing Headers".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/sigv4.h"
#include "base/encoding.h"

namespace fogbank::auth {

/// What a verified request leaves behind for the signatures of its chunks.
struct ChunkSigning {
  SigningKey key{};
  std::string amz_date, scope, seed_signature;
  std::string access_key_id, canonical_request;  ///< shown in the answer to a wrong signature
};
/// For a claim that check_signature accepted with this secret.
ChunkSigning chunk_signing(const SignatureClaim& claim, const RequestView& request, std::string_view payload_hash, std::string_view secret);

struct ChunkedOptions {
  Payload mode = Payload::chunked_unsigned_trailer;
  int64_t decoded_length = 0;
  std::vector<std::string> declared_trailers;    ///< x-amz-trailer, lower case
  std::optional<ChunkSigning> signing;           ///< needed by the signed modes
};
/// True for the three values of x-amz-content-sha256 that announce this encoding.
bool is_aws_chunked(std::string_view content_sha256);
/// Mode, length and trailers from the request's headers; `signing` is left to the caller. MissingContentLength without a decoded length.
Result<ChunkedOptions> read_chunked_options(const RequestView& request);

class AwsChunkedDecoder {
 public:
  static constexpr size_t kMaxChunkHeader = 256;
  static constexpr size_t kMaxTrailerBytes = 8 << 10;
  static constexpr size_t kMaxTrailers = 16;
  static constexpr int64_t kSmallestChunk = 8192;  ///< of all but the last

  using Out = std::function<Result<void>(std::string_view data)>;

  explicit AwsChunkedDecoder(ChunkedOptions options);
  /// Takes the next bytes of the body, however they are split. An error of `out` ends the decoding too.
  Result<void> feed(std::string_view bytes, const Out& out);
  /// The body has ended. Success means: complete, as long as announced, every signature right, every announced trailer there.
  Result<void> finish();

  /// Names in lower case, in the order of arrival, without x-amz-trailer-signature. Complete after finish().
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }
  int64_t decoded() const { return decoded_; }

 private:
  enum class State : uint8_t { header, data, data_end, trailer, done };

  bool is_signed() const { return options_.mode != Payload::chunked_unsigned_trailer; }
  Result<void> step(std::string_view& bytes, const Out& out);
  Result<bool> take_line(std::string_view& bytes, size_t limit, const ApiError& too_long);
  Result<void> on_header();
  Result<void> on_chunk_end();
  Result<void> on_trailer();
  Result<void> on_end();
  Result<void> check_signature(std::string_view algorithm, std::string_view hashes, std::string_view given);

  ChunkedOptions options_;
  State state_ = State::header;
  std::string line_;                  ///< a line whose end has not arrived
  std::optional<Digest> digest_;      ///< of the current chunk
  std::string chunk_signature_;       ///< of the current chunk, as sent
  std::string previous_signature_;
  int64_t remaining_ = 0;             ///< of the current chunk
  int64_t last_size_ = -1;            ///< of the chunk before; -1: none
  int64_t decoded_ = 0;
  int chunks_ = 0;
  size_t trailer_bytes_ = 0;
  bool cr_seen_ = false;
  std::vector<std::pair<std::string, std::string>> trailers_;
  std::string trailer_signature_;
  std::string scratch_;
  std::optional<ApiError> failed_;
};

}  // namespace fogbank::auth
