#include "services/dynamodb/expression/value.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/record.h"
#include "base/strings.h"
#include "services/dynamodb/expression/number.h"

namespace fogbank::dynamodb {
namespace {

constexpr const char* kNames[] = {"", "S", "N", "B", "NULL", "BOOL", "BOOL", "L", "M", "SS", "NS", "BS"};
constexpr const char* kLongNames[] = {"", "STRING", "NUMBER", "BINARY", "NULL", "BOOLEAN", "BOOLEAN", "LIST", "MAP", "STRING_SET", "NUMBER_SET", "BINARY_SET"};

bool without_content(Type t) { return t == Type::null || t == Type::false_ || t == Type::true_; }

}  // namespace

const char* type_name(Type t) { return kNames[size_t(t) % std::size(kNames)]; }
const char* long_type_name(Type t) { return kLongNames[size_t(t) % std::size(kLongNames)]; }

Type type_named(std::string_view name) {
  if (name == "BOOL") return Type::true_;
  for (size_t i = 1; i < std::size(kNames); i++)
    if (name == kNames[i]) return Type(i);
  return Type::none;
}

void put_length(std::string& out, size_t n) { record_detail::put_varint(out, n); }
size_t length_bytes(size_t n) {
  size_t k = 1;
  for (; n >= 0x80; n >>= 7) k++;
  return k;
}

bool Value::same_type(Value o) const {
  auto plain = [](Type t) { return t == Type::false_ ? Type::true_ : t; };
  return plain(type()) == plain(o.type());
}

std::string_view Value::content() const {
  if (bytes_.empty() || without_content(type())) return {};
  std::string_view in = bytes_.substr(1);
  uint64_t n;
  if (!record_detail::get_varint(in, n)) return {};
  return in.substr(0, n);
}

bool next_text(std::string_view& in, std::string_view& out) {
  if (in.empty()) return false;
  uint64_t n = static_cast<unsigned char>(in[0]);
  if (n < 0x80) in.remove_prefix(1);
  else if (!record_detail::get_varint(in, n)) return false;
  if (n > in.size()) return false;
  out = in.substr(0, n);
  in.remove_prefix(n);
  return true;
}

bool next_value(std::string_view& in, Value& out) {
  if (in.empty()) return false;
  if (without_content(Type(in[0]))) {
    out = Value(in.substr(0, 1));
    in.remove_prefix(1);
    return true;
  }
  std::string_view rest = in.substr(1), content;
  if (!next_text(rest, content)) return false;
  out = Value(in.substr(0, in.size() - rest.size()));
  in = rest;
  return true;
}

Value find_member(std::string_view map, std::string_view name) {
  std::string_view n;
  Value v;
  while (next_member(map, n, v))
    if (n == name) return v;
  return {};
}

Value list_element(std::string_view list, size_t index) {
  Value v;
  while (next_value(list, v))
    if (index-- == 0) return v;
  return {};
}

size_t count_members(std::string_view map) {
  size_t n = 0;
  std::string_view name;
  for (Value v; next_member(map, name, v);) n++;
  return n;
}

size_t count_elements(Value v) {
  std::string_view in = v.content(), text;
  size_t n = 0;
  if (v.type() == Type::map) return count_members(in);
  if (v.type() == Type::list) for (Value e; next_value(in, e);) n++;
  else if (is_set(v.type())) while (next_text(in, text)) n++;
  return n;
}

bool set_contains(std::string_view set, std::string_view element) {
  for (std::string_view e; next_text(set, e);)
    if (e == element) return true;
  return false;
}

size_t value_size(Value v) {
  std::string_view in = v.content(), text;
  switch (v.type()) {
    case Type::none: return 0;
    case Type::string:
    case Type::binary: return in.size();
    case Type::number: return number_size(in);
    case Type::null:
    case Type::false_:
    case Type::true_: return 1;
    case Type::list: {
      size_t n = 3;
      for (Value e; next_value(in, e);) n += 1 + value_size(e);
      return n;
    }
    case Type::map: {
      size_t n = 3;
      for (Value e; next_member(in, text, e);) n += 1 + text.size() + value_size(e);
      return n;
    }
    case Type::string_set:
    case Type::binary_set: {
      size_t n = 0;
      while (next_text(in, text)) n += text.size();
      return n;
    }
    case Type::number_set: {
      size_t n = 0;
      while (next_text(in, text)) n += number_size(text);
      return n;
    }
  }
  return 0;
}

size_t item_size(std::string_view item) {
  size_t n = 0;
  std::string_view name;
  for (Value v; next_member(item, name, v);) n += name.size() + value_size(v);
  return n;
}

int nesting(Value v) {
  std::string_view in = v.content(), name;
  int deepest = 0;
  if (v.type() == Type::list) for (Value e; next_value(in, e);) deepest = std::max(deepest, nesting(e));
  if (v.type() == Type::map) for (Value e; next_member(in, name, e);) deepest = std::max(deepest, nesting(e));
  return deepest + 1;
}

void put_value(std::string& out, Type t, std::string_view content) {
  out += char(t);
  if (without_content(t)) return;
  put_length(out, content.size());
  out.append(content);
}

void put_member(std::string& out, std::string_view name, std::string_view value) {
  put_length(out, name.size());
  out.append(name);
  out.append(value);
}

std::string make_set(std::vector<std::string_view> elements, size_t* duplicates) {
  std::sort(elements.begin(), elements.end());
  size_t before = elements.size();
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  if (duplicates) *duplicates = before - elements.size();
  std::string out;
  for (std::string_view e : elements) {
    put_length(out, e.size());
    out.append(e);
  }
  return out;
}

std::string make_map(std::vector<std::pair<std::string_view, std::string_view>>& members) {
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (size_t i = 0; i < members.size(); i++)
    if (i + 1 == members.size() || members[i].first != members[i + 1].first) put_member(out, members[i].first, members[i].second);
  return out;
}

namespace {
std::vector<std::string_view> elements_of(std::string_view set) {
  std::vector<std::string_view> out;
  for (std::string_view e; next_text(set, e);) out.push_back(e);
  return out;
}
}  // namespace

std::string set_union(std::string_view a, std::string_view b) {
  auto all = elements_of(a), more = elements_of(b);
  all.insert(all.end(), more.begin(), more.end());
  return make_set(std::move(all));
}

std::string set_difference(std::string_view a, std::string_view b) {
  auto all = elements_of(a), less = elements_of(b);
  std::erase_if(all, [&](std::string_view e) { return std::binary_search(less.begin(), less.end(), e); });
  return make_set(std::move(all));
}

int compare_scalars(Value a, Value b) { return a.content().compare(b.content()); }

void append_json(std::string& out, Value v) {
  std::string_view in = v.content(), text;
  append(out, "{\"", type_name(v.type()), "\":");
  bool first = true;
  auto comma = [&] { if (!first) out += ','; first = false; };
  switch (v.type()) {
    case Type::none: break;
    case Type::string: out += json_quote(in); break;
    case Type::number: append(out, '"', number_text(in), '"'); break;
    case Type::binary: append(out, '"', base64(in), '"'); break;
    case Type::null:
    case Type::true_: out += "true"; break;
    case Type::false_: out += "false"; break;
    case Type::list:
      out += '[';
      for (Value e; next_value(in, e);) comma(), append_json(out, e);
      out += ']';
      break;
    case Type::map:
      out += '{';
      for (Value e; next_member(in, text, e);) comma(), append(out, json_quote(text), ':'), append_json(out, e);
      out += '}';
      break;
    case Type::string_set:
    case Type::number_set:
    case Type::binary_set:
      out += '[';
      while (next_text(in, text)) {
        comma();
        if (v.type() == Type::string_set) out += json_quote(text);
        else append(out, '"', v.type() == Type::number_set ? number_text(text) : base64(text), '"');
      }
      out += ']';
      break;
  }
  out += '}';
}

std::string item_json(std::string_view item) {
  std::string out = "{";
  std::string_view name;
  for (Value v; next_member(item, name, v);) {
    if (out.size() > 1) out += ',';
    append(out, json_quote(name), ':');
    append_json(out, v);
  }
  return out + '}';
}

std::string shown(Value v) {
  std::string_view in = v.content(), text;
  std::string out = cat("{", type_name(v.type()), ":");
  switch (v.type()) {
    case Type::number: append(out, number_text(in)); break;
    case Type::binary: append(out, "java.nio.HeapByteBuffer[pos=0 lim=", in.size(), " cap=", in.size(), ']'); break;
    case Type::null:
    case Type::true_: out += "true"; break;
    case Type::false_: out += "false"; break;
    case Type::list:
      out += '[';
      for (Value e; next_value(in, e);) append(out, out.back() == '[' ? "" : ", ", shown(e));
      out += ']';
      break;
    case Type::map:
      out += '{';
      for (Value e; next_member(in, text, e);) append(out, out.back() == '{' ? "" : ", ", text, '=', shown(e));
      out += '}';
      break;
    case Type::string_set:
    case Type::number_set:
    case Type::binary_set:
      out += '[';
      while (next_text(in, text)) append(out, out.back() == '[' ? "" : ", ", v.type() == Type::number_set ? number_text(text) : std::string(text));
      out += ']';
      break;
    default: append(out, in);
  }
  return out + '}';
}

}  // namespace fogbank::dynamodb
