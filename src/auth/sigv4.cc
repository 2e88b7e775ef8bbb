// Canonical requests, signing keys and the comparison. Hot: one call per request, appending into strings that threads reuse.
#include "auth/sigv4.h"

#include "auth/sigv4_errors.h"
#include "auth/sigv4_internal.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using namespace internal;

constexpr char kHexUpper[] = "0123456789ABCDEF";
constexpr char kHexLower[] = "0123456789abcdef";

/// 1: RFC 3986 unreserved; 2: '/'.
constexpr std::array<uint8_t, 256> kPlain = [] {
  std::array<uint8_t, 256> t{};
  for (int c = 0; c < 256; c++)
    t[size_t(c)] = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
  t['/'] = 2;
  return t;
}();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = low(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void encode_byte(std::string& out, unsigned char b, uint8_t plain_classes) {
  if (kPlain[b] & plain_classes) {
    out += char(b);
  } else {
    out += '%';
    out += kHexUpper[b >> 4];
    out += kHexUpper[b & 15];
  }
}

/// Appends the text decoded and encoded again: %7e becomes ~, %c3 becomes %C3, a lonely % becomes %25.
void recode(std::string& out, std::string_view s, bool plus_is_space, uint8_t plain_classes) {
  size_t run = 0;
  while (run < s.size() && (kPlain[static_cast<unsigned char>(s[run])] & plain_classes)) run++;
  out.append(s.substr(0, run));
  for (size_t i = run; i < s.size(); i++) {
    auto b = static_cast<unsigned char>(s[i]);
    if (b == '%' && i + 2 < s.size()) {
      int hi = hex_value(s[i + 1]), lo = hex_value(s[i + 2]);
      if (hi >= 0 && lo >= 0) {
        b = static_cast<unsigned char>(hi << 4 | lo);
        i += 2;
      }
    } else if (b == '+' && plus_is_space) {
      b = ' ';
    }
    encode_byte(out, b, plain_classes);
  }
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// True if some byte is at most 0x20; eight bytes at a time, because most values have none and need no folding.
bool has_space(std::string_view v) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  size_t i = 0;
  for (; i + 8 <= v.size(); i += 8) {
    uint64_t w;
    std::memcpy(&w, v.data() + i, 8);
    if ((w - kOnes * 0x21) & ~w & kHigh) return true;
  }
  for (; i < v.size(); i++)
    if (static_cast<unsigned char>(v[i]) <= 0x20) return true;
  return false;
}

/// Appends a header's value without spaces at its ends and with one space where it has several (folded lines included).
void append_folded(std::string& out, std::string_view v) {
  if (!has_space(v)) {
    out.append(v);
    return;
  }
  while (!v.empty() && is_space(v.front())) v.remove_prefix(1);
  while (!v.empty() && is_space(v.back())) v.remove_suffix(1);
  size_t start = 0;
  for (size_t i = 0; i < v.size(); i++) {
    if (!is_space(v[i])) continue;
    size_t end = i;
    while (is_space(v[i + 1])) i++;  // the last character is not a space
    if (end == i && v[i] == ' ') continue;
    out.append(v.substr(start, end - start));
    out += ' ';
    start = i + 1;
  }
  out.append(v.substr(start));
}

void append_hex(std::string& out, const Sha256& digest) {
  char text[64];
  for (size_t i = 0; i < 32; i++) {
    text[2 * i] = kHexLower[digest[i] >> 4];
    text[2 * i + 1] = kHexLower[digest[i] & 15];
  }
  out.append(text, 64);
}

/// Keys by secret and scope. Direct-mapped: a new key replaces the one in its slot, so the size is fixed and nothing is searched.
class KeyCache {
 public:
  SigningKey get(std::string_view secret, std::string_view date, std::string_view region, std::string_view service) {
    thread_local std::string identity;
    identity.clear();
    append(identity, secret, '\0', date, '/', region, '/', service);
    size_t h = std::hash<std::string_view>()(identity);
    auto& shard = shards_[h % kShards];
    size_t slot = h / kShards % kSlots;
    {
      auto slots = shard.lock();
      if ((*slots)[slot].identity == identity) return (*slots)[slot].key;
    }
    SigningKey key = derive_signing_key(secret, date, region, service);
    auto slots = shard.lock();
    (*slots)[slot] = {identity, key};
    return key;
  }

 private:
  static constexpr size_t kShards = 16, kSlots = kSigningKeys / kShards;
  struct Slot { std::string identity; SigningKey key; };
  std::array<Guarded<std::array<Slot, kSlots>>, kShards> shards_;
};

struct Scratch { std::string canonical, to_sign, signature; };

bool signed_by(const SigningKey& key, const SignatureClaim& claim, const RequestView& request, std::string_view payload_hash, Scratch& s) {
  canonical_request(s.canonical, claim, request, normalizes_path(claim.service), payload_hash);
  string_to_sign(s.to_sign, claim, s.canonical);
  s.signature.clear();
  append_hex(s.signature, hmac_sha256(as_view(key), s.to_sign));
  return equal_constant_time(s.signature, claim.signature);
}

}  // namespace

bool normalizes_path(std::string_view service) {
  return service != "s3" && service != "s3express" && service != "s3-object-lambda" && service != "s3-outposts";
}

void canonical_path(std::string& out, std::string_view path, bool normalize) {
  size_t base = out.size();
  if (!normalize) {
    recode(out, path, false, 3);
    if (out.size() == base) out += '/';
    return;
  }
  std::string_view rest = path, piece, last;
  while (next_piece(rest, '/', piece)) {
    last = piece;
    if (piece.empty() || piece == ".") continue;
    if (piece == "..") {
      size_t slash = out.rfind('/');
      if (slash != std::string::npos && slash >= base) out.resize(slash);
      continue;
    }
    out += '/';
    for (char c : piece) encode_byte(out, static_cast<unsigned char>(c), 1);
  }
  if (out.size() == base || last.empty() || last == "." || last == "..") out += '/';
}

void canonical_query(std::string& out, std::string_view query, Omit omit) {
  if (query.empty()) return;
  struct Piece { uint32_t name, value, end; };
  thread_local std::vector<Piece> pieces;
  thread_local std::string text;
  pieces.clear();
  text.clear();
  Parameter p;
  while (next_parameter(query, p)) {
    if (omit != Omit::nothing && same_name(p.name, "X-Amz-Signature")) continue;
    if (omit == Omit::signature_and_token && same_name(p.name, "X-Amz-Security-Token")) continue;
    Piece at{uint32_t(text.size()), 0, 0};
    recode(text, p.name, true, 1);
    at.value = uint32_t(text.size());
    recode(text, p.value, true, 1);
    at.end = uint32_t(text.size());
    pieces.push_back(at);
  }
  auto name = [&](const Piece& x) { return std::string_view(text).substr(x.name, x.value - x.name); };
  auto value = [&](const Piece& x) { return std::string_view(text).substr(x.value, x.end - x.value); };
  std::sort(pieces.begin(), pieces.end(), [&](const Piece& a, const Piece& b) {
    int order = name(a).compare(name(b));
    return order ? order < 0 : value(a) < value(b);
  });
  bool first = true;
  for (const Piece& x : pieces) {
    if (!first) out += '&';
    first = false;
    append(out, name(x), '=', value(x));
  }
}

void canonical_headers(std::string& out, std::string_view signed_headers, std::span<const HeaderView> headers) {
  std::string_view name;
  while (next_piece(signed_headers, ';', name)) {
    size_t start = out.size();
    append(out, name, ':');
    for (size_t i = start; i < out.size(); i++) out[i] = low(out[i]);
    bool first = true;
    for (const auto& h : headers) {
      if (!same_name(h.name, name)) continue;
      if (!first) out += ',';
      first = false;
      append_folded(out, h.value);
    }
    out += '\n';
  }
}

void canonical_request(std::string& out, const SignatureClaim& claim, const RequestView& request, bool normalize_path, std::string_view payload_hash) {
  out.clear();
  append(out, request.method, '\n');
  canonical_path(out, request.path, normalize_path);
  out += '\n';
  canonical_query(out, request.query, claim.form != Form::query ? Omit::nothing : claim.token_signed ? Omit::signature : Omit::signature_and_token);
  out += '\n';
  canonical_headers(out, claim.signed_headers, request.headers);
  append(out, '\n', claim.signed_headers, '\n', payload_hash);
}

void string_to_sign(std::string& out, const SignatureClaim& claim, std::string_view canonical) {
  out.clear();
  append(out, kAlgorithm, '\n', claim.amz_date, '\n', claim.scope, '\n');
  append_hex(out, sha256(canonical));
}

std::string_view payload_line(const SignatureClaim& claim, Style style, std::string_view body_sha256_hex) {
  if (style == Style::s3) {
    if (!claim.content_sha256.empty()) return claim.content_sha256;
    return claim.form == Form::query ? kUnsignedPayload : body_sha256_hex;
  }
  bool named = claim.content_sha256 == kUnsignedPayload || claim.content_sha256.starts_with("STREAMING-");
  return named || body_sha256_hex.empty() ? claim.content_sha256 : body_sha256_hex;
}

Result<void> check_payload(std::string_view content_sha256, std::string_view body_sha256_hex) {
  if (payload_kind(content_sha256) != Payload::hash || same_name(content_sha256, body_sha256_hex)) return {};
  return fail(payload_mismatch(content_sha256, body_sha256_hex));
}

SigningKey derive_signing_key(std::string_view secret, std::string_view date, std::string_view region, std::string_view service) {
  Sha256 k = hmac_sha256(cat("AWS4", secret), date);
  k = hmac_sha256(as_view(k), region);
  k = hmac_sha256(as_view(k), service);
  return hmac_sha256(as_view(k), "aws4_request");
}

SigningKey signing_key(std::string_view secret, std::string_view date, std::string_view region, std::string_view service) {
  static KeyCache cache;
  return cache.get(secret, date, region, service);
}

std::string sign_text(const SigningKey& key, std::string_view text) {
  std::string out;
  append_hex(out, hmac_sha256(as_view(key), text));
  return out;
}

Result<void> check_signature(const SignatureClaim& claim, const RequestView& request, Style style, std::string_view payload_hash, std::string_view secret) {
  thread_local Scratch scratch;
  SigningKey key = signing_key(secret, claim.date, claim.region, claim.service);
  if (signed_by(key, claim, request, payload_hash, scratch)) return {};
  ApiError mismatch = signature_mismatch(style, claim, scratch.to_sign, scratch.canonical);
  if (claim.form == Form::query && !claim.token.empty() && style != Style::s3) {
    SignatureClaim bare = claim;  // the token vouches for itself: it is sealed and names its key
    bare.token_signed = false;
    if (signed_by(key, bare, request, payload_hash, scratch)) return {};
  }
  return fail(std::move(mismatch));
}

Result<void> verify(const SignatureClaim& claim, const RequestView& request, const Terms& terms, SecretSource& secrets) {
  if (claim.form == Form::none) return fail(missing_token(terms.style));
  FB_TRY(check_claim(claim, request, terms.style, terms.expected, terms.clocks));
  FB_ASSIGN(secret, secrets.secret_of(claim));
  return check_signature(claim, request, terms.style, terms.payload_hash, secret);
}

}  // namespace fogbank::auth
