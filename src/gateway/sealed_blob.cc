#include "gateway/sealed_blob.h"

#include "base/stream_cipher.h"

namespace fogbank {
namespace {

class DecryptingReader final : public store::BlobReader {
 public:
  DecryptingReader(std::unique_ptr<store::BlobReader> sealed, std::string_view key) : sealed_(std::move(sealed)), cipher_(key) {}
  int fd() const override { return -1; }
  int64_t size() const override { return sealed_->size(); }
  Result<std::string> read(int64_t offset, size_t bytes) override {
    FB_ASSIGN(piece, sealed_->read(offset, bytes));
    cipher_.apply(offset, piece.data(), piece.data(), piece.size());
    return piece;
  }

 private:
  std::unique_ptr<store::BlobReader> sealed_;
  StreamCipher cipher_;
};

}  // namespace

std::unique_ptr<store::BlobReader> decrypting_reader(std::unique_ptr<store::BlobReader> sealed, std::string_view key) {
  return std::make_unique<DecryptingReader>(std::move(sealed), key);
}

}  // namespace fogbank
