// AES-256 in counter mode over one text that may be read from any place: what blobs are encrypted with. A key is for one text only, since
// every text's counter begins at 0. Says nothing of whether bytes were changed: digests do. Used by one thread at a time.
#pragma once
#include <cstdint>
#include <string_view>

namespace fogbank {

class StreamCipher {
 public:
  static constexpr size_t kKeyBytes = 32;
  explicit StreamCipher(std::string_view key);   ///< std::invalid_argument for another size
  ~StreamCipher();
  StreamCipher(const StreamCipher&) = delete;
  StreamCipher& operator=(const StreamCipher&) = delete;

  /// Encrypts, or decrypts, the text's bytes from `offset` on. `out` may be `in`.
  void apply(int64_t offset, const char* in, char* out, size_t bytes);

 private:
  void seek(int64_t offset);
  void* ctx_;
  int64_t at_ = -1;                              ///< where the next byte is without seeking
};

}  // namespace fogbank
