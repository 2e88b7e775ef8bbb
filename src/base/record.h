// Records: what the store keeps, as structs with numbered fields.
//
//   struct Queue {
//     std::string name; int64_t created = 0; std::map<std::string, std::string> attributes; Unknown unknown;
//     template <class A> void fields(A& a) { a(1, name); a(2, created); a(3, attributes); a(unknown); }
//   };
//   std::string bytes = encode(queue);   std::optional<Queue> back = decode<Queue>(bytes);
//
// On disk: per field a varint (number << 3 | kind), kind 0 = varint (zigzag), 1 = 8 bytes little endian, 2 = varint length + bytes. Empty
// texts are not written, so a text's default in the struct must be one that is never emptied. A reader keeps fields it does not know in `unknown`, and writes them back, so an older binary
// does not lose what a newer one stored. Numbers are never used again for something else.
// Supported: integers, bool, enums, double, std::string, std::optional<T>, std::vector<T>, std::map<std::string, T>, nested records.
#pragma once
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace fogbank {

struct Unknown {
  std::string bytes;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

namespace record_detail {

inline void put_varint(std::string& out, uint64_t v) {
  while (v >= 0x80) { out += char(v | 0x80); v >>= 7; }
  out += char(v);
}
inline bool get_varint(std::string_view& in, uint64_t& v) {
  v = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    auto c = static_cast<unsigned char>(in[0]);
    in.remove_prefix(1);
    v |= uint64_t(c & 0x7f) << shift;
    if (!(c & 0x80)) return true;
  }
  return false;
}
inline uint64_t zigzag(int64_t v) { return (uint64_t(v) << 1) ^ uint64_t(v >> 63); }
inline int64_t unzigzag(uint64_t v) { return int64_t(v >> 1) ^ -int64_t(v & 1); }

template <class T> struct is_vector : std::false_type {};
template <class T> struct is_vector<std::vector<T>> : std::true_type {};
template <class T> struct is_map : std::false_type {};
template <class T> struct is_map<std::map<std::string, T>> : std::true_type {};
template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};

struct Field { uint32_t number; int kind; uint64_t scalar; std::string_view bytes; std::string_view raw; };

inline bool next_field(std::string_view& in, Field& f) {
  const char* start = in.data();
  uint64_t tag;
  if (!get_varint(in, tag)) return false;
  f.number = uint32_t(tag >> 3);
  f.kind = int(tag & 7);
  if (f.kind == 0) {
    if (!get_varint(in, f.scalar)) return false;
  } else if (f.kind == 1) {
    if (in.size() < 8) return false;
    std::memcpy(&f.scalar, in.data(), 8);
    in.remove_prefix(8);
  } else if (f.kind == 2) {
    uint64_t n;
    if (!get_varint(in, n) || n > in.size()) return false;
    f.bytes = in.substr(0, n);
    in.remove_prefix(n);
  } else {
    return false;
  }
  f.raw = {start, size_t(in.data() - start)};
  return true;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void operator()(const Unknown& u) { out_ += u.bytes; }
  template <class T> void operator()(uint32_t n, const T& v) {
    if constexpr (is_optional<T>::value) { if (v) one(n, *v); }
    else if constexpr (is_vector<T>::value) { for (const auto& e : v) one(n, e); }
    else if constexpr (is_map<T>::value) {
      for (const auto& [k, e] : v) {
        std::string pair;
        Writer w(pair);
        w.one(1, k);
        w.one(2, e);
        bytes(n, pair);
      }
    } else if (!is_default(v)) one(n, v);
  }

 private:
  template <class T> static bool is_default(const T& v) {
    if constexpr (std::is_same_v<T, std::string>) return v.empty();
    else return false;
  }
  void bytes(uint32_t n, std::string_view s) { put_varint(out_, uint64_t(n) << 3 | 2); put_varint(out_, s.size()); out_.append(s); }
  template <class T> void one(uint32_t n, const T& v) {
    if constexpr (std::is_same_v<T, std::string>) bytes(n, v);
    else if constexpr (std::is_same_v<T, double>) { put_varint(out_, uint64_t(n) << 3 | 1); char b[8]; std::memcpy(b, &v, 8); out_.append(b, 8); }
    else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) { put_varint(out_, uint64_t(n) << 3); put_varint(out_, zigzag(int64_t(v))); }
    else { std::string inner; Writer w(inner); const_cast<T&>(v).fields(w); bytes(n, inner); }
  }
  std::string& out_;
};

template <class T> bool read_all(T& record, std::string_view in);

class FieldReader {
 public:
  FieldReader(const Field& f) : f_(f) {}
  bool used = false, ok = true;
  void operator()(Unknown&) {}
  template <class T> void operator()(uint32_t n, T& v) {
    if (n != f_.number) return;
    used = true;
    if constexpr (is_optional<T>::value) { v.emplace(); one(*v); }
    else if constexpr (is_vector<T>::value) { typename T::value_type e{}; one(e); v.push_back(std::move(e)); }
    else if constexpr (is_map<T>::value) {
      std::string key;
      typename T::mapped_type e{};
      std::string_view in = f_.bytes;
      Field f;
      while (!in.empty()) {
        if (!next_field(in, f)) { ok = false; return; }
        FieldReader r(f);
        r(1, key);
        r(2, e);
        ok = ok && r.ok;
      }
      v[std::move(key)] = std::move(e);
    } else one(v);
  }

 private:
  template <class T> void one(T& v) {
    if constexpr (std::is_same_v<T, std::string>) { ok = f_.kind == 2; v.assign(f_.bytes); }
    else if constexpr (std::is_same_v<T, double>) { ok = f_.kind == 1; std::memcpy(&v, &f_.scalar, 8); }
    else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) { ok = f_.kind == 0; v = static_cast<T>(unzigzag(f_.scalar)); }
    else ok = f_.kind == 2 && read_all(v, f_.bytes);
  }
  const Field& f_;
};

struct UnknownFinder {
  Unknown* found = nullptr;
  void operator()(Unknown& u) { found = &u; }
  template <class T> void operator()(uint32_t, T&) {}
};

template <class T> bool read_all(T& record, std::string_view in) {
  UnknownFinder finder;
  record.fields(finder);
  Field f;
  while (!in.empty()) {
    if (!next_field(in, f)) return false;
    FieldReader r(f);
    record.fields(r);
    if (!r.ok) return false;
    if (!r.used && finder.found) finder.found->bytes.append(f.raw);
  }
  return true;
}

}  // namespace record_detail

template <class T> std::string encode(const T& record) {
  std::string out;
  record_detail::Writer w(out);
  const_cast<T&>(record).fields(w);
  return out;
}

/// Nothing if the bytes are damaged.
template <class T> std::optional<T> decode(std::string_view bytes) {
  T record{};
  if (!record_detail::read_all(record, bytes)) return std::nullopt;
  return record;
}

}  // namespace fogbank
