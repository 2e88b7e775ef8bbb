#include "base/payload_digest.h"

#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace fogbank {
namespace {

#if defined(__x86_64__)

// RFC 1321: floor(2^32 * |sin(i + 1)|).
constexpr uint32_t kMd5Constants[64] = {
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
  0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
  0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
  0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
  0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
  0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kMd5Turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// FIPS 180-4: the first 32 bits of the fractions of the cube roots of the first 64 primes.
alignas(16) constexpr uint32_t kSha256Constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr int md5_word(int i) { return i < 16 ? i : i < 32 ? (5 * i + 1) & 15 : i < 48 ? (3 * i + 5) & 15 : (7 * i) & 15; }

#define FOGBANK_INLINE __attribute__((always_inline)) inline
#pragma GCC push_options
#pragma GCC target("sha,sse4.1,ssse3")

/// One of MD5's 64 steps. What depends on b, the newest word, is added last: the chain from b to the new word is what takes the time.
template <int i> FOGBANK_INLINE void md5_step(uint32_t& a, uint32_t b, uint32_t c, uint32_t d, const unsigned char* block) {
  uint32_t word;
  std::memcpy(&word, block + 4 * md5_word(i), 4);
  uint32_t early = a + kMd5Constants[i] + word, late;
  if constexpr (i < 16) {
    late = ((c ^ d) & b) ^ d;
  } else if constexpr (i < 32) {
    early += ~d & c;   // instead of "or": no bit is in both
    late = d & b;
  } else if constexpr (i < 48) {
    late = c ^ d;
    asm("" : "+r"(late));
    late ^= b;
  } else {
    late = c ^ (b | ~d);
  }
  asm("" : "+r"(early));   // keeps the order of the additions
  early += late;
  constexpr int turn = kMd5Turns[i / 16][i & 3];
  a = (early << turn | early >> (32 - turn)) + b;
}

struct Sha256 { __m128i abef, cdgh, words[4]; };

/// Four of SHA-256's 64 rounds.
template <int group> FOGBANK_INLINE void sha256_rounds(Sha256& s, const unsigned char* block) {
  __m128i& words = s.words[group & 3];
  if constexpr (group < 4) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    words = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * group)), big_endian);
  } else {
    const __m128i &next = s.words[(group + 1) & 3], &two_back = s.words[(group + 2) & 3], &last = s.words[(group + 3) & 3];
    words = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(words, next), _mm_alignr_epi8(last, two_back, 4)), last);
  }
  __m128i sum = _mm_add_epi32(words, _mm_load_si128(reinterpret_cast<const __m128i*>(kSha256Constants + 4 * group)));
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, sum);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

template <int i> FOGBANK_INLINE void four_of_each(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d, Sha256& s, const unsigned char* block) {
  md5_step<4 * i>(a, b, c, d, block);
  md5_step<4 * i + 1>(d, a, b, c, block);
  sha256_rounds<i>(s, block);
  md5_step<4 * i + 2>(c, d, a, b, block);
  md5_step<4 * i + 3>(b, c, d, a, block);
}
template <int... i>
FOGBANK_INLINE void whole_block(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d, Sha256& s, const unsigned char* block, std::integer_sequence<int, i...>) {
  (four_of_each<i>(a, b, c, d, s, block), ...);
}

void twin_blocks(uint32_t* md5, uint32_t* sha256, const unsigned char* p, size_t blocks) {
  uint32_t a = md5[0], b = md5[1], c = md5[2], d = md5[3];
  Sha256 s;
  s.abef = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sha256));
  s.cdgh = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sha256 + 4));
  for (; blocks; blocks--, p += 64) {
    uint32_t a0 = a, b0 = b, c0 = c, d0 = d;
    __m128i abef = s.abef, cdgh = s.cdgh;
    whole_block(a, b, c, d, s, p, std::make_integer_sequence<int, 16>());
    a += a0; b += b0; c += c0; d += d0;
    s.abef = _mm_add_epi32(s.abef, abef);
    s.cdgh = _mm_add_epi32(s.cdgh, cdgh);
  }
  md5[0] = a; md5[1] = b; md5[2] = c; md5[3] = d;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sha256), s.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sha256 + 4), s.cdgh);
}

#pragma GCC pop_options

bool has_twin() {
  static const bool has = [] {
    __builtin_cpu_init();
    unsigned a = 0, b = 0, c = 0, d = 0;   // GCC 12 cannot be asked for "sha" by name
    bool sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
    return sha && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
  }();
  return has;
}
#else
void twin_blocks(uint32_t*, uint32_t*, const unsigned char*, size_t) {}
bool has_twin() { return false; }
#endif

void put_word(std::string& out, uint32_t v, bool big_endian) {
  for (int i = 0; i < 4; i++) out += char(v >> 8 * (big_endian ? 3 - i : i));
}

}  // namespace

PayloadDigest::PayloadDigest(bool with_sha256, Way way)
    : md5_state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476},
      // f, e, b, a; h, g, d, c
      sha256_state_{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667, 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372} {
  if (with_sha256 && way == Way::best && has_twin()) return;
  md5_.emplace(Digest::Kind::md5);
  if (with_sha256) sha256_.emplace(Digest::Kind::sha256);
}

void PayloadDigest::update(std::string_view bytes) {
  if (md5_) {
    md5_->update(bytes);
    if (sha256_) sha256_->update(bytes);
    return;
  }
  size_t kept = size_ % kBlock;
  size_ += bytes.size();
  if (kept) {
    size_t more = std::min(kBlock - kept, bytes.size());
    std::memcpy(rest_.data() + kept, bytes.data(), more);
    bytes.remove_prefix(more);
    if (kept + more < kBlock) return;
    twin_blocks(md5_state_.data(), sha256_state_.data(), rest_.data(), 1);
  }
  size_t blocks = bytes.size() / kBlock;
  twin_blocks(md5_state_.data(), sha256_state_.data(), reinterpret_cast<const unsigned char*>(bytes.data()), blocks);
  bytes.remove_prefix(blocks * kBlock);
  if (!bytes.empty()) std::memcpy(rest_.data(), bytes.data(), bytes.size());
}

PayloadDigest::Sums PayloadDigest::finish() {
  if (md5_) return {md5_->finish(), sha256_ ? sha256_->finish() : std::string()};
  // The same padding, but for the byte order of the length in bits: the last blocks are counted for each on a copy of the other's state.
  uint64_t bits = size_ * 8;
  size_t kept = size_ % kBlock;
  unsigned char end[2 * kBlock] = {};
  std::memcpy(end, rest_.data(), kept);
  end[kept] = 0x80;
  size_t blocks = kept < kBlock - 8 ? 1 : 2;
  auto md5 = md5_state_;
  auto other = sha256_state_;
  for (int i = 0; i < 8; i++) end[blocks * kBlock - 8 + i] = static_cast<unsigned char>(bits >> 8 * i);
  twin_blocks(md5.data(), other.data(), end, blocks);
  for (int i = 0; i < 8; i++) end[blocks * kBlock - 8 + i] = static_cast<unsigned char>(bits >> 8 * (7 - i));
  twin_blocks(md5_state_.data(), sha256_state_.data(), end, blocks);
  Sums out;
  for (uint32_t word : md5) put_word(out.md5, word, false);
  for (int i : {3, 2, 7, 6, 1, 0, 5, 4}) put_word(out.sha256, sha256_state_[size_t(i)], true);
  return out;
}

}  // namespace fogbank
