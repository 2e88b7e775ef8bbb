#include "gateway/access.h"

#include <zstd.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/strings.h"

namespace fogbank {
namespace {

constexpr store::Table kAccess{"core", "access"};
store::Key rows() { return store::key(Scope{}.whole_partition(), kAccess); }

struct Row {
  Millis last = 0;         ///< time of its newest record
  std::string packed;      ///< length-prefixed records
  int64_t plain_size = 0;  ///< 0: `packed` is not compressed
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, last); a(2, packed); a(3, plain_size); a(unknown); }
};

constexpr size_t kCompressFrom = 2048;

Row pack(std::string&& plain, Millis last) {
  Row row;
  row.last = last;
  if (plain.size() >= kCompressFrom) {
    row.packed.resize(ZSTD_compressBound(plain.size()));
    size_t n = ZSTD_compress(row.packed.data(), row.packed.size(), plain.data(), plain.size(), 1);
    if (!ZSTD_isError(n)) {
      row.packed.resize(n);
      row.plain_size = int64_t(plain.size());
      return row;
    }
  }
  row.packed = std::move(plain);
  return row;
}

std::string unpack(const Row& row) {
  if (!row.plain_size) return row.packed;
  std::string plain(size_t(row.plain_size), 0);
  size_t n = ZSTD_decompress(plain.data(), plain.size(), row.packed.data(), row.packed.size());
  if (ZSTD_isError(n)) return {};
  plain.resize(n);
  return plain;
}

// Calls `f` with each record of a row, oldest first, until it returns false.
void each(std::string_view plain, const std::function<bool(const AccessRecord&)>& f) {
  while (!plain.empty()) {
    uint64_t n;
    if (!record_detail::get_varint(plain, n) || n > plain.size()) return;
    auto r = decode<AccessRecord>(plain.substr(0, n));
    plain.remove_prefix(n);
    if (r && !f(*r)) return;
  }
}

}  // namespace

void AccessLog::add(AccessRecord record) {
  std::string bytes = encode(record);
  std::lock_guard<std::mutex> lock(mutex_);
  if (!count_) first_ = record.time;
  count_++;
  record_detail::put_varint(buffer_, bytes.size());
  buffer_ += bytes;
}

bool AccessLog::pending() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return count_ != 0;
}

void AccessLog::drain(store::Txn& tx) {
  std::string plain;
  Millis first;
  uint64_t sequence;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!count_) return;
    plain.swap(buffer_);
    first = first_;
    count_ = 0;
    sequence = ++sequence_;
  }
  Millis last = machine_now();
  while (!plain.empty()) {  // a transaction takes 4 MB: after a long pause there may be more than one row
    size_t take = plain.size();
    if (take > store::kMaxBytes / 2) {
      std::string_view rest = plain;
      take = 0;
      uint64_t n;
      while (take < store::kMaxBytes / 4 && record_detail::get_varint(rest, n) && n <= rest.size()) {
        rest.remove_prefix(n);
        take = plain.size() - rest.size();
      }
      if (!take) take = plain.size();
    }
    store::Key k = rows();
    k << uint64_t(first) << sequence;
    tx.put_record(k, pack(plain.substr(0, take), last));
    plain.erase(0, take);
    if (!plain.empty()) {
      std::lock_guard<std::mutex> lock(mutex_);
      if (take > store::kMaxBytes / 2) { buffer_.insert(0, plain); break; }
      sequence = ++sequence_;
    }
  }
}

std::optional<AccessRecord> AccessLog::find(std::string_view request_id) {
  auto at = time_of_request_id(request_id);
  if (!at) return std::nullopt;
  std::optional<AccessRecord> found;
  store_.read([&](store::Reader& r) {
    // A record is written after its call ended: its row begins at most a batch before and a long call after its time.
    store::Key from = rows(), to = rows();
    from << uint64_t(*at > 600000 ? *at - 600000 : 0);
    to << uint64_t(*at + 3600000);
    r.scan(from, to, store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
      auto row = decode<Row>(bytes);
      if (!row || row->last < *at) return true;
      std::string plain = unpack(*row);
      each(plain, [&](const AccessRecord& a) {
        if (a.request_id != request_id) return true;
        found = a;
        return false;
      });
      return !found;
    });
  });
  return found;
}

void AccessLog::scan(const std::function<bool(const AccessRecord&)>& visit) {
  store_.read([&](store::Reader& r) {
    store::Key from = rows();
    r.scan(from, from.after_prefix(), store::Order::descending, [&](std::string_view, std::string_view bytes, store::Version) {
      auto row = decode<Row>(bytes);
      if (!row) return true;
      std::vector<AccessRecord> records;
      std::string plain = unpack(*row);
      each(plain, [&](const AccessRecord& a) { records.push_back(a); return true; });
      for (auto it = records.rbegin(); it != records.rend(); ++it) if (!visit(*it)) return false;
      return true;
    });
  });
}

bool AccessLog::trim(Millis before, uint64_t max_bytes) {
  std::vector<std::string> drop;
  bool more = false;
  store_.read([&](store::Reader& r) {
    uint64_t total = 0;
    store::Key from = rows();
    r.scan(from, from.after_prefix(), store::Order::descending, [&](std::string_view k, std::string_view bytes, store::Version) {
      total += bytes.size();
      auto parts = store::key_parts(k);
      bool old = !parts.empty() && Millis(store::number_part(parts[0])) < before;
      if (old || total > max_bytes) {
        if (drop.size() == 500) { more = true; return false; }
        drop.emplace_back(k);
      }
      return true;
    });
  });
  if (drop.empty()) return false;
  auto done = store_.write([&](store::Txn& tx) -> Result<void> {
    for (const auto& k : drop) tx.erase(store::Key::raw(k, false));
    return {};
  });
  return done && more;
}

std::string new_request_id(Random& random) {
  unsigned char b[16];
  random.fill(b + 6, 10);
  auto t = uint64_t(machine_now());
  for (int i = 0; i < 6; i++) b[i] = static_cast<unsigned char>(t >> (40 - 8 * i));
  b[6] = (b[6] & 0x0f) | 0x70;  // RFC 9562, version 7
  b[8] = (b[8] & 0x3f) | 0x80;
  static const char d[] = "0123456789abcdef";
  std::string s(36, '-');
  for (int i = 0, at = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) at++;
    s[size_t(at++)] = d[b[i] >> 4];
    s[size_t(at++)] = d[b[i] & 15];
  }
  return s;
}

std::optional<Millis> time_of_request_id(std::string_view id) {
  if (id.size() != 36) return std::nullopt;
  auto bytes = unhex(cat(id.substr(0, 8), id.substr(9, 4)));
  if (!bytes) return std::nullopt;
  uint64_t t = 0;
  for (char c : *bytes) t = t << 8 | static_cast<unsigned char>(c);
  return Millis(t);
}

}  // namespace fogbank
