// Receives a streaming payload into a blob: undoes aws-chunked framing, hashes, verifies what the client claimed of it, encrypts it if so asked. One per upload,
// loop thread. Nothing is kept of an upload that breaks off: its blob was never kept and is removed.
#pragma once
#include <functional>
#include <memory>

#include "auth/aws_chunked.h"
#include "base/encoding.h"
#include "base/payload_digest.h"
#include "base/stream_cipher.h"
#include "gateway/call.h"
#include "http/server.h"

namespace fogbank {

class BodyReceiver : public http::BodySink {
 public:
  /// Gives the call back, once: with success after call->body was filled, or with the error to answer. Not called if the peer went away.
  using Done = std::function<void(std::unique_ptr<Call>, Result<void>)>;
  BodyReceiver(Core& core, std::unique_ptr<Call> call, Done done);
  ~BodyReceiver() override;
  /// Before the first piece: opens the blob and the checks that the headers ask for. False: the error was given to `done`.
  bool prepare();
  bool data(std::string_view piece) override;
  void end() override;
  void aborted() override;

 private:
  Result<void> take(std::string_view bytes);   ///< payload bytes without framing
  Result<void> open();
  Result<void> verify();
  void end_with(Result<void> result);

  Core& core_;
  std::unique_ptr<Call> call_;
  Done done_;
  std::unique_ptr<store::BlobWriter> blob_;
  std::unique_ptr<auth::AwsChunkedDecoder> chunked_;
  std::optional<PayloadDigest> digest_;
  std::unique_ptr<Digest> sha1_;
  std::string algorithm_;                      ///< of the checksum to compute; empty: none
  std::string claimed_checksum_;               ///< base64; empty: comes in a trailer, or none
  std::string claimed_sha256_;                 ///< hex, from x-amz-content-sha256
  uint64_t crc_ = 0, crc64_ = 0;
  std::unique_ptr<StreamCipher> cipher_;       ///< null: the payload is kept as it is
  std::string sealed_;                         ///< a piece, encrypted
  int64_t size_ = 0;
  bool finished_ = false;
};

/// The digests that a client claims in headers of a request whose body was collected (S3: Content-MD5, x-amz-checksum-…), checked.
Result<void> check_claimed_digests(const Call& call);

}  // namespace fogbank
