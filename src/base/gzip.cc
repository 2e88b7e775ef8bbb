#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace fogbank {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr size_t kPiece = 64 << 10;

class Inflate {
 public:
  Inflate() { ready_ = inflateInit2(&z_, kGzipOnly) == Z_OK; }
  ~Inflate() { if (ready_) inflateEnd(&z_); }
  Inflate(const Inflate&) = delete;

  Gunzip run(std::string_view packed, size_t limit, std::string& out) {
    if (!ready_ || packed.size() > UINT32_MAX) return Gunzip::damaged;
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z_.avail_in = uInt(packed.size());
    while (true) {
      size_t had = out.size();
      out.resize(had + std::min(kPiece, limit + 1 - had));
      z_.next_out = reinterpret_cast<Bytef*>(out.data() + had);
      z_.avail_out = uInt(out.size() - had);
      int state = inflate(&z_, Z_NO_FLUSH);
      out.resize(out.size() - z_.avail_out);
      if (out.size() > limit) return Gunzip::too_large;
      if (state == Z_STREAM_END) {
        if (z_.avail_in == 0) return Gunzip::ok;
        if (inflateReset(&z_) != Z_OK) return Gunzip::damaged;
      } else if (state != Z_OK) {
        return Gunzip::damaged;   // Z_BUF_ERROR: the input ends early
      }
    }
  }

 private:
  z_stream z_{};
  bool ready_ = false;
};

}  // namespace

Gunzip gunzip(std::string_view packed, size_t limit, std::string& out) {
  out.clear();
  Gunzip result = Inflate().run(packed, limit, out);
  if (result != Gunzip::ok) out.clear();
  return result;
}

}  // namespace fogbank
