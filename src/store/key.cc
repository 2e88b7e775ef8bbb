// Key encoding; the layout and why it keeps the order are described in docs/store.md.
#include <stdexcept>

#include "store/key_layout.h"
#include "store/store.h"

namespace fogbank::store {
namespace {

constexpr char kOtherPartition = 0x0f;
constexpr uint64_t kOtherAccount = 0xfe'ffff'ffff;  // of five bytes; no twelve digits reach it, and FF after a NUL means something else
constexpr char kTextPart = 1, kNumberPart = 2;
constexpr char kPartEnd = 1;  // after the NUL that ends a part: so "a" does not begin "a\0b", and a prefix of parts is exact
constexpr std::string_view kPartitions[] = {"aws", "aws-cn", "aws-us-gov"};

void append_escaped(std::string& out, std::string_view text) {
  while (true) {
    size_t nul = text.find('\0');
    if (nul == std::string_view::npos) { out.append(text); return; }
    out.append(text.substr(0, nul + 1));
    out += char(0xff);
    text.remove_prefix(nul + 1);
  }
}

void append_text(std::string& out, std::string_view text) {
  append_escaped(out, text);
  out += '\0';
}

void append_big_endian(std::string& out, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(value >> shift);
}

void append_account(std::string& out, std::string_view account) {
  if (account.empty()) return append_big_endian(out, 0, 5);
  if (is_account_id(account)) {
    uint64_t number = 0;
    for (char c : account) number = number * 10 + uint64_t(c - '0');
    return append_big_endian(out, number + 1, 5);
  }
  append_big_endian(out, kOtherAccount, 5);
  append_text(out, account);
}

[[noreturn]] void damaged() { throw std::invalid_argument("a store key is damaged"); }

/// Reads an encoded key from its start; throws std::invalid_argument where it is damaged.
class Parser {
 public:
  explicit Parser(std::string_view in) : in_(in) {}
  bool at_end() const { return at_ == in_.size(); }
  size_t at() const { return at_; }
  unsigned char byte() {
    if (at_end()) damaged();
    return static_cast<unsigned char>(in_[at_++]);
  }
  std::string_view bytes(size_t n) {
    if (in_.size() - at_ < n) damaged();
    at_ += n;
    return in_.substr(at_ - n, n);
  }
  uint64_t big_endian(int n) {
    uint64_t v = 0;
    for (char c : bytes(size_t(n))) v = v << 8 | static_cast<unsigned char>(c);
    return v;
  }
  std::string text() {
    std::string out;
    while (true) {
      char c = char(byte());
      if (c == 0) {
        if (at_end() || in_[at_] != char(0xff)) return out;
        at_++;
      }
      out += c;
    }
  }
  void skip_text() {
    while (true) {
      size_t nul = in_.find('\0', at_);
      if (nul == std::string_view::npos) damaged();
      at_ = nul + 1;
      if (at_end() || in_[at_] != char(0xff)) return;
      at_++;
    }
  }
  void skip_account() { if (big_endian(5) == kOtherAccount) skip_text(); }
  void skip_partition() { if (byte() == kOtherPartition) skip_text(); }

 private:
  std::string_view in_;
  size_t at_ = 0;
};

}  // namespace

Key& Key::operator<<(std::string_view text) {
  bytes_ += kTextPart;
  append_text(bytes_, text);
  bytes_ += kPartEnd;
  return *this;
}

Key& Key::operator<<(uint64_t number) {
  bytes_ += kNumberPart;
  append_big_endian(bytes_, number, 8);
  return *this;
}

Key& Key::begins(std::string_view text) {
  bytes_ += kTextPart;
  append_escaped(bytes_, text);
  return *this;
}

Key Key::after_prefix() const { return raw(after_bytes(bytes_), authority_); }

std::string after_bytes(std::string_view prefix) {
  std::string bytes(prefix);
  while (!bytes.empty() && bytes.back() == char(0xff)) bytes.pop_back();
  if (bytes.empty()) return std::string(1, char(0xff));  // no key begins with FF
  bytes.back() = char(static_cast<unsigned char>(bytes.back()) + 1);
  return bytes;
}

Key key(const Scope& scope, const Table& table) {
  std::string out;
  out.reserve(64);
  const std::string& partition = scope.partition.value;
  size_t code = 0;
  while (code < std::size(kPartitions) && kPartitions[code] != partition) code++;
  if (code < std::size(kPartitions)) {
    out += char(code + 1);
  } else {
    out += kOtherPartition;
    append_text(out, partition);
  }
  append_account(out, scope.account);
  append_text(out, scope.region);
  append_text(out, table.service);
  append_text(out, table.name);
  return Key::raw(std::move(out), table.authority);
}

KeyHead key_head(std::string_view encoded) {
  Parser p(encoded);
  KeyHead head;
  unsigned char partition = p.byte();
  if (partition == kOtherPartition) head.scope.partition.value = p.text();
  else if (partition >= 1 && partition <= std::size(kPartitions)) head.scope.partition.value = kPartitions[partition - 1];
  else damaged();
  uint64_t account = p.big_endian(5);
  if (account == kOtherAccount) {
    head.scope.account.value = p.text();
  } else if (account != 0) {
    std::string digits = std::to_string(account - 1);
    if (digits.size() > 12) damaged();
    head.scope.account.value = std::string(12 - digits.size(), '0') + digits;
  }
  head.scope.region.value = p.text();
  head.service = p.text();
  head.table = p.text();
  return head;
}

std::vector<std::string> key_parts(std::string_view encoded) {
  Parser p(encoded);
  p.skip_partition();
  p.skip_account();
  for (int i = 0; i < 3; i++) p.skip_text();
  std::vector<std::string> parts;
  while (!p.at_end()) {
    switch (p.byte()) {
      case kTextPart:
        parts.push_back(p.text());
        if (p.byte() != kPartEnd) damaged();
        break;
      case kNumberPart: parts.emplace_back(p.bytes(8)); break;
      default: damaged();
    }
  }
  return parts;
}

uint64_t number_part(std::string_view part) {
  if (part.size() != 8) damaged();
  return Parser(part).big_endian(8);
}

std::string_view service_prefix(std::string_view encoded) {
  Parser p(encoded);
  p.skip_partition();
  p.skip_account();
  p.skip_text();
  p.skip_text();
  return encoded.substr(0, p.at());
}

std::string_view table_segment(std::string_view encoded) {
  Parser p(encoded);
  p.skip_partition();
  p.skip_account();
  p.skip_text();
  size_t begin = p.at();
  p.skip_text();
  p.skip_text();
  return encoded.substr(begin, p.at() - begin);
}

ApiError unavailable(std::string detail) {
  ApiError e("ServiceUnavailable", "The service is temporarily unable to store data. Please try again.", 503);
  e.detail = std::move(detail);
  return e;
}

}  // namespace fogbank::store
