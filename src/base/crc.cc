// The CRCs of encoding.h: tables (slicing by 8), and where the processor multiplies without carries, folding, which is ten times as fast.
//
// All three are reflected: bit 0 of a register is its highest power, and the first byte of a text has the highest powers of its polynomial.
// Folding keeps 16 bytes that are congruent, modulo the CRC's polynomial, to everything before them: multiplying them by x^D moves them D
// bits on, where they are added to the bytes there. Four such folds run side by side. What is left in the end goes through the tables.
#include <array>
#include <cstring>

#include "base/crc.h"
#include "base/encoding.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fogbank {
namespace {

template <class U> using Tables = std::array<std::array<U, 256>, 8>;

template <class U> constexpr Tables<U> make_tables(U poly) {
  Tables<U> t{};
  for (unsigned i = 0; i < 256; i++) {
    U c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? poly ^ (c >> 1) : c >> 1;
    t[0][i] = c;
  }
  for (unsigned i = 0; i < 256; i++)
    for (size_t k = 1; k < 8; k++) t[k][i] = t[0][t[k - 1][i] & 255] ^ (t[k - 1][i] >> 8);
  return t;
}

/// The register after these bytes; no inversions.
template <class U> U by_tables(const Tables<U>& t, const unsigned char* p, size_t n, U c) {
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t w;
    std::memcpy(&w, p, 8);
    w ^= c;
    c = t[7][w & 255] ^ t[6][w >> 8 & 255] ^ t[5][w >> 16 & 255] ^ t[4][w >> 24 & 255] ^ t[3][w >> 32 & 255] ^ t[2][w >> 40 & 255] ^
        t[1][w >> 48 & 255] ^ t[0][w >> 56];
  }
  for (; n; n--, p++) c = t[0][(c ^ *p) & 255] ^ U(c >> 8);
  return c;
}

/// x^exponent modulo the polynomial, as 64 reflected bits: bit 63 is x^0.
template <class U> constexpr uint64_t power(U poly, int exponent) {
  constexpr int kBits = int(sizeof(U)) * 8;
  U v = U(1) << (kBits - 1);
  for (int i = 0; i < exponent; i++) v = v & 1 ? (v >> 1) ^ poly : v >> 1;
  return uint64_t(v) << (64 - kBits);
}

/// What moves 16 bytes `bits` on: one factor for their first and one for their second half. The product of two reflected numbers is one
/// place too low, which the exponents make up for.
struct Fold { uint64_t first, second; };
template <class U> constexpr Fold fold_by(U poly, int bits) { return {power(poly, 64 + bits - 1), power(poly, bits - 1)}; }

#if defined(__x86_64__)

constexpr size_t kWorthFolding = 128;

#define FOGBANK_CLMUL __attribute__((target("pclmul,sse4.1")))

FOGBANK_CLMUL inline __m128i folded(__m128i x, __m128i factors, __m128i onto) {
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, factors, 0x00), _mm_clmulepi64_si128(x, factors, 0x11)), onto);
}
FOGBANK_CLMUL inline __m128i load(const unsigned char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

/// Replaces at least 64 bytes by 16 that are congruent to them; `p` and `n` move to what is left.
FOGBANK_CLMUL void fold(const unsigned char*& p, size_t& n, uint64_t seed, const Fold& far, const Fold& near, unsigned char* out) {
  __m128i by_far = _mm_set_epi64x(int64_t(far.second), int64_t(far.first)), by_near = _mm_set_epi64x(int64_t(near.second), int64_t(near.first));
  __m128i a = _mm_xor_si128(load(p), _mm_cvtsi64_si128(int64_t(seed))), b = load(p + 16), c = load(p + 32), d = load(p + 48);
  for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
    a = folded(a, by_far, load(p));
    b = folded(b, by_far, load(p + 16));
    c = folded(c, by_far, load(p + 32));
    d = folded(d, by_far, load(p + 48));
  }
  a = folded(folded(folded(a, by_near, b), by_near, c), by_near, d);
  for (; n >= 16; p += 16, n -= 16) a = folded(a, by_near, load(p));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), a);
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

#endif

template <class U, U kPoly> struct Crc {
  static constexpr Tables<U> kTables = make_tables(kPoly);

  static U tables(std::string_view in, U seed) {
    return ~by_tables(kTables, reinterpret_cast<const unsigned char*>(in.data()), in.size(), U(~seed));
  }
  static U of(std::string_view in, U seed) {
#if defined(__x86_64__)
    if (in.size() >= kWorthFolding && can_fold()) {
      static constexpr Fold kFar = fold_by(kPoly, 512), kNear = fold_by(kPoly, 128);
      const auto* p = reinterpret_cast<const unsigned char*>(in.data());
      size_t n = in.size();
      unsigned char rest[16];
      fold(p, n, U(~seed), kFar, kNear, rest);
      return ~by_tables(kTables, p, n, by_tables(kTables, rest, sizeof rest, U(0)));
    }
#endif
    return tables(in, seed);
  }
};

using Crc32 = Crc<uint32_t, 0xEDB88320u>;
using Crc32c = Crc<uint32_t, 0x82F63B78u>;
using Crc64nvme = Crc<uint64_t, 0x9A6C9329AC4BC9B5ull>;

}  // namespace

uint32_t crc32(std::string_view bytes, uint32_t seed) { return Crc32::of(bytes, seed); }
uint32_t crc32c(std::string_view bytes, uint32_t seed) { return Crc32c::of(bytes, seed); }
uint64_t crc64nvme(std::string_view bytes, uint64_t seed) { return Crc64nvme::of(bytes, seed); }

namespace plain {
uint32_t crc32(std::string_view bytes, uint32_t seed) { return Crc32::tables(bytes, seed); }
uint32_t crc32c(std::string_view bytes, uint32_t seed) { return Crc32c::tables(bytes, seed); }
uint64_t crc64nvme(std::string_view bytes, uint64_t seed) { return Crc64nvme::tables(bytes, seed); }
}  // namespace plain

}  // namespace fogbank
