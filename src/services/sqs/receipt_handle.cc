// 01 01 01, then the nonce (8 bytes), then queue id, time and seq (8 bytes each) and the group's bytes under a mask made from the nonce,
// then CRC-32C of all that (4 bytes); numbers big endian, all of it in base64. The mask has no other purpose than that nobody takes the
// numbers for an interface.
#include "services/sqs/receipt_handle.h"

#include "base/encoding.h"

namespace fogbank::sqs {
namespace {

constexpr std::string_view kStart("\1\1\1", 3);
constexpr size_t kBytes = 3 + 4 * 8 + 4;   ///< without a group
constexpr size_t kMaxGroup = 128;

uint64_t mask(uint64_t& state) {  // splitmix64
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void put(std::string& out, uint64_t v, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(v >> shift);
}

uint64_t take(std::string_view& in, int bytes) {
  uint64_t v = 0;
  for (char c : in.substr(0, size_t(bytes))) v = v << 8 | static_cast<unsigned char>(c);
  in.remove_prefix(size_t(bytes));
  return v;
}

/// Masks a group's bytes, or unmasks them.
std::string masked(std::string_view group, uint64_t& state) {
  std::string out(group);
  for (char& c : out) c = char(c ^ char(mask(state)));
  return out;
}

}  // namespace

std::string write_receipt_handle(const ReceiptHandle& handle) {
  std::string bytes(kStart);
  bytes.reserve(kBytes + handle.group.size());
  put(bytes, handle.nonce, 8);
  uint64_t state = handle.nonce;
  for (uint64_t v : {handle.queue_id, uint64_t(handle.place.visible_at), handle.place.seq}) put(bytes, v ^ mask(state), 8);
  bytes += masked(handle.group, state);
  put(bytes, crc32c(bytes), 4);
  return base64(bytes);
}

std::optional<ReceiptHandle> read_receipt_handle(std::string_view text) {
  if (text.size() < (kBytes + 2) / 3 * 4 || text.size() > (kBytes + kMaxGroup + 2) / 3 * 4) return std::nullopt;
  auto bytes = unbase64(text);
  if (!bytes || bytes->size() < kBytes || !bytes->starts_with(kStart)) return std::nullopt;
  std::string_view in = *bytes;
  std::string_view check = in.substr(in.size() - 4);
  in.remove_suffix(4);
  if (take(check, 4) != crc32c(in)) return std::nullopt;
  in.remove_prefix(kStart.size());
  ReceiptHandle h;
  h.nonce = take(in, 8);
  uint64_t state = h.nonce;
  h.queue_id = take(in, 8) ^ mask(state);
  h.place.visible_at = Millis(take(in, 8) ^ mask(state));
  h.place.seq = take(in, 8) ^ mask(state);
  h.group = masked(in, state);
  return h;
}

}  // namespace fogbank::sqs
