#include "wire/scalars.h"

#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr int64_t kMaxMillis = 253402300799999;  // 9999-12-31T23:59:59.999Z: what the formats can write

template <class T> void append_floating(std::string& out, T v) {
  if (std::isnan(v)) { out += "NaN"; return; }
  if (std::isinf(v)) { out += v < 0 ? "-Infinity" : "Infinity"; return; }
  char buf[40];
  auto r = std::to_chars(buf, buf + sizeof buf, v);
  out.append(buf, r.ptr);
}

template <class T> bool parse_floating(std::string_view s, T& v) {
  if (s == "NaN") { v = std::numeric_limits<T>::quiet_NaN(); return true; }
  if (s == "Infinity" || s == "-Infinity") { v = std::numeric_limits<T>::infinity() * (s[0] == '-' ? -1 : 1); return true; }
  if (!s.empty() && s[0] == '+') s.remove_prefix(1);
  if (s.empty() || !(s[0] == '-' || s[0] == '.' || (s[0] >= '0' && s[0] <= '9'))) return false;  // from_chars knows "inf" and "nan"
  auto r = std::from_chars(s.data(), s.data() + s.size(), v);
  return r.ec == std::errc() && r.ptr == s.data() + s.size() && std::isfinite(v);
}

template <class T> bool parse_whole(std::string_view s, T& v) {
  if (!s.empty() && s[0] == '+') s.remove_prefix(1);
  auto r = std::from_chars(s.data(), s.data() + s.size(), v);
  return r.ec == std::errc() && r.ptr == s.data() + s.size();
}

template <class T, class V> bool set(void* slot, bool ok, V v) {
  if (ok) slot_as<Opt<T>>(slot) = Opt<T>(static_cast<T>(v));
  return ok;
}

}  // namespace

TimeText time_text(TimeFormat format, TimeText standard) {
  switch (format) {
    case TimeFormat::iso8601: return standard == TimeText::iso8601_millis ? standard : TimeText::iso8601;
    case TimeFormat::rfc822: return TimeText::rfc822;
    case TimeFormat::unix_seconds: return TimeText::unix_seconds;
    case TimeFormat::standard: break;
  }
  return standard;
}

void append_time(std::string& out, int64_t millis, TimeText format) {
  switch (format) {
    case TimeText::iso8601: out += iso8601(millis, millis % 1000 != 0); return;
    case TimeText::iso8601_millis: out += iso8601(millis, true); return;
    case TimeText::rfc822: out += http_date(millis); return;
    case TimeText::unix_seconds: break;
  }
  int64_t seconds = millis / 1000, rest = millis % 1000;
  if (rest < 0 && seconds == 0) out += '-';
  append(out, seconds);
  if (!rest) return;
  if (rest < 0) rest = -rest;
  char digits[4] = {'.', char('0' + rest / 100), char('0' + rest / 10 % 10), char('0' + rest % 10)};
  size_t n = 4;
  while (digits[n - 1] == '0') n--;
  out.append(digits, n);
}

bool parse_unix_time(std::string_view text, int64_t& millis) {
  int64_t whole;
  if (parse_whole(text, whole)) {
    if (whole > kMaxMillis / 1000 || whole < -kMaxMillis / 1000) return false;
    millis = whole * 1000;
    return true;
  }
  double d;
  if (!parse_floating(text, d) || !(std::fabs(d) <= double(kMaxMillis) / 1000)) return false;
  millis = std::llround(d * 1000);
  return true;
}

bool parse_time(std::string_view text, int64_t& millis) {
  text = trim(text);
  if (text.empty() || text.size() > 64) return false;
  if (parse_unix_time(text, millis)) return true;
  if (auto t = parse_iso8601(text)) return millis = *t, true;
  if (auto t = parse_http_date(text)) return millis = *t, true;
  return false;
}

void append_float(std::string& out, float v) { append_floating(out, v); }
void append_double(std::string& out, double v) { append_floating(out, v); }

void append_base64(std::string& out, std::string_view bytes) { out += base64(bytes); }

bool decode_base64(std::string_view text, Blob& out, Arena& arena) {
  auto bytes = unbase64(text);
  if (!bytes) return false;
  out = Blob(arena.copy(*bytes));
  return true;
}

void append_scalar(std::string& out, Kind kind, const void* slot, TimeText time) {
  switch (kind) {
    case Kind::boolean: out += slot_as<Opt<bool>>(slot).value ? "true" : "false"; return;
    case Kind::integer: append(out, slot_as<Opt<int32_t>>(slot).value); return;
    case Kind::longint: append(out, slot_as<Opt<int64_t>>(slot).value); return;
    case Kind::float32: append_float(out, slot_as<Opt<float>>(slot).value); return;
    case Kind::float64: append_double(out, slot_as<Opt<double>>(slot).value); return;
    case Kind::timestamp: append_time(out, slot_as<Opt<int64_t>>(slot).value, time); return;
    case Kind::text: out += slot_as<Str>(slot).view(); return;
    case Kind::blob: append_base64(out, slot_as<Blob>(slot)); return;
    default: return;
  }
}

bool parse_scalar(Kind kind, std::string_view text, void* slot, Arena& arena) {
  switch (kind) {
    case Kind::text: slot_as<Str>(slot) = Str(text); return true;
    case Kind::boolean: {
      bool yes = iequals(text, "true");
      return set<bool>(slot, yes || iequals(text, "false"), yes);
    }
    case Kind::integer: { int32_t v = 0; bool ok = parse_whole(text, v); return set<int32_t>(slot, ok, v); }
    case Kind::longint: { int64_t v = 0; bool ok = parse_whole(text, v); return set<int64_t>(slot, ok, v); }
    case Kind::float32: { float v = 0; bool ok = parse_floating(text, v); return set<float>(slot, ok, v); }
    case Kind::float64: { double v = 0; bool ok = parse_floating(text, v); return set<double>(slot, ok, v); }
    case Kind::timestamp: { int64_t v = 0; bool ok = parse_time(text, v); return set<int64_t>(slot, ok, v); }
    case Kind::blob: return decode_base64(trim(text), slot_as<Blob>(slot), arena);
    default: return false;
  }
}

const char* kind_name(Kind kind) {
  static constexpr const char* kNames[] = {"Boolean", "Integer", "Long", "Float", "Double", "String", "Blob", "Timestamp",
                                           "List", "Map", "Structure", "Document"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace fogbank::wire
