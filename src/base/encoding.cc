#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace fogbank {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kHexUp[] = "0123456789ABCDEF";
constexpr char k64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char k64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encode64(std::string_view in, const char* alphabet, bool pad) {
  std::string out;
  out.reserve((in.size() + 2) / 3 * 4);
  size_t i = 0;
  auto byte = [&](size_t k) { return static_cast<unsigned char>(in[k]); };
  for (; i + 3 <= in.size(); i += 3) {
    uint32_t v = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += alphabet[v >> 18]; out += alphabet[v >> 12 & 63]; out += alphabet[v >> 6 & 63]; out += alphabet[v & 63];
  }
  if (size_t rest = in.size() - i) {
    uint32_t v = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
    out += alphabet[v >> 18]; out += alphabet[v >> 12 & 63];
    if (rest == 2) out += alphabet[v >> 6 & 63];
    if (pad) out.append(3 - rest, '=');
  }
  return out;
}

std::array<int8_t, 256> reverse(const char* alphabet) {
  std::array<int8_t, 256> t;
  t.fill(-1);
  for (int i = 0; i < 64; i++) t[static_cast<unsigned char>(alphabet[i])] = int8_t(i);
  return t;
}

std::optional<std::string> decode64(std::string_view in, const std::array<int8_t, 256>& table) {
  while (!in.empty() && in.back() == '=') in.remove_suffix(1);
  if (in.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(in.size() * 3 / 4);
  uint32_t v = 0;
  int bits = 0;
  for (char c : in) {
    int d = table[static_cast<unsigned char>(c)];
    if (d < 0) return std::nullopt;
    v = v << 6 | uint32_t(d);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += char(v >> bits & 255);
    }
  }
  return out;
}

const EVP_MD* md(Digest::Kind kind) {  // fetched once: EVP_sha256() looks the algorithm up on every use
  static const EVP_MD* const table[] = {EVP_MD_fetch(nullptr, "MD5", nullptr), EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                        EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  return table[int(kind)];
}

struct Context {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(ctx); }
};

void digest_into(Digest::Kind kind, std::string_view bytes, unsigned char* out) {
  thread_local Context c;
  if (EVP_DigestInit_ex2(c.ctx, md(kind), nullptr) != 1 || EVP_DigestUpdate(c.ctx, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(c.ctx, out, nullptr) != 1)
    throw std::runtime_error("digest failed");
}

}  // namespace

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, 0);
  for (size_t i = 0; i < bytes.size(); i++) {
    auto b = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kHex[b >> 4];
    out[2 * i + 1] = kHex[b & 15];
  }
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    int a = hex_digit(text[i]), b = hex_digit(text[i + 1]);
    if (a < 0 || b < 0) return std::nullopt;
    out += char(a << 4 | b);
  }
  return out;
}

std::string base64(std::string_view bytes) { return encode64(bytes, k64, true); }
std::string base64url(std::string_view bytes) { return encode64(bytes, k64url, false); }
std::optional<std::string> unbase64(std::string_view text) {
  static const auto table = reverse(k64);
  return decode64(text, table);
}
std::optional<std::string> unbase64url(std::string_view text) {
  static const auto table = reverse(k64url);
  return decode64(text, table);
}

void percent_encode_to(std::string& out, std::string_view s, bool keep_slash) {
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (int c = 0; c < 256; c++)
      plain[size_t(c)] = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    return plain;
  }();
  size_t from = out.size();
  out.resize(from + 3 * s.size());  // at most; written through a pointer, lists of policies encode megabytes
  char* to = out.data() + from;
  for (char ch : s) {
    auto c = static_cast<unsigned char>(ch);
    if (kPlain[c] || (keep_slash && c == '/')) {
      *to++ = ch;
    } else {
      *to++ = '%';
      *to++ = kHexUp[c >> 4];
      *to++ = kHexUp[c & 15];
    }
  }
  out.resize(size_t(to - out.data()));
}

std::string percent_encode(std::string_view s, bool keep_slash) {
  std::string out;
  percent_encode_to(out, s, keep_slash);
  return out;
}

std::string percent_decode(std::string_view s, bool plus_is_space) {
  std::string out;
  out.reserve(s.size());
  for (size_t i = 0; i < s.size(); i++) {
    if (s[i] == '%' && i + 2 < s.size()) {
      int a = hex_digit(s[i + 1]), b = hex_digit(s[i + 2]);
      if (a >= 0 && b >= 0) {
        out += char(a << 4 | b);
        i += 2;
        continue;
      }
    }
    out += plus_is_space && s[i] == '+' ? ' ' : s[i];
  }
  return out;
}

Sha256 sha256(std::string_view bytes) {
  Sha256 out;
  digest_into(Digest::Kind::sha256, bytes, out.data());
  return out;
}
std::string sha256_hex(std::string_view bytes) { return hex(as_view(sha256(bytes))); }

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  // Two digests over a padded key; EVP_MAC's own set-up costs more than both for texts of this size.
  unsigned char block[64] = {};
  if (key.size() > 64) {
    Sha256 k = sha256(key);
    std::memcpy(block, k.data(), k.size());
  } else if (!key.empty()) {
    std::memcpy(block, key.data(), key.size());
  }
  unsigned char pad[64];
  thread_local Context c;
  Sha256 inner, out;
  for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x36;
  EVP_DigestInit_ex2(c.ctx, md(Digest::Kind::sha256), nullptr);
  EVP_DigestUpdate(c.ctx, pad, 64);
  EVP_DigestUpdate(c.ctx, bytes.data(), bytes.size());
  EVP_DigestFinal_ex(c.ctx, inner.data(), nullptr);
  for (int i = 0; i < 64; i++) pad[i] = block[i] ^ 0x5c;
  EVP_DigestInit_ex2(c.ctx, md(Digest::Kind::sha256), nullptr);
  EVP_DigestUpdate(c.ctx, pad, 64);
  EVP_DigestUpdate(c.ctx, inner.data(), inner.size());
  EVP_DigestFinal_ex(c.ctx, out.data(), nullptr);
  return out;
}

std::string md5(std::string_view bytes) {
  std::string out(16, 0);
  digest_into(Digest::Kind::md5, bytes, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}
std::string sha1(std::string_view bytes) {
  std::string out(20, 0);
  digest_into(Digest::Kind::sha1, bytes, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

Digest::Digest(Kind kind) : ctx_(EVP_MD_CTX_new()) { EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(ctx_), md(kind), nullptr); }
Digest::~Digest() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(ctx_)); }
Digest::Digest(Digest&& o) noexcept : ctx_(std::exchange(o.ctx_, nullptr)) {}
Digest& Digest::operator=(Digest&& o) noexcept { std::swap(ctx_, o.ctx_); return *this; }
void Digest::update(std::string_view bytes) { EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(ctx_), bytes.data(), bytes.size()); }
std::string Digest::finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(ctx_), out, &n);
  return {reinterpret_cast<char*>(out), n};
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

static size_t utf8_step(std::string_view s, size_t i) {  // bytes of the code point at i, or 0 if malformed
  auto b = [&](size_t k) -> unsigned { return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0u; };
  auto cont = [&](size_t k) { return (b(k) & 0xC0) == 0x80; };
  unsigned c = b(0);
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF && cont(1)) return 2;
  if (c >= 0xE0 && c <= 0xEF && cont(1) && cont(2)) {
    if ((c == 0xE0 && b(1) < 0xA0) || (c == 0xED && b(1) > 0x9F)) return 0;
    return 3;
  }
  if (c >= 0xF0 && c <= 0xF4 && cont(1) && cont(2) && cont(3)) {
    if ((c == 0xF0 && b(1) < 0x90) || (c == 0xF4 && b(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

bool valid_utf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    size_t n = utf8_step(s, i);
    if (!n) return false;
    i += n;
  }
  return true;
}

size_t utf8_length(std::string_view s) {
  size_t n = 0;
  for (char c : s) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

}  // namespace fogbank
