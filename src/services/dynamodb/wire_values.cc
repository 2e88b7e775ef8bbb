#include "services/dynamodb/wire_values.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/dynamodb/errors.h"

namespace fogbank::dynamodb {
namespace {

Result<void> encode_map(const Map<svc::AttributeValue>& map, std::string& out, int depth) {
  struct Member { std::string_view name; size_t from, to; };
  std::vector<Member> members;
  members.reserve(map.size());
  std::string values;
  bool sorted = true;
  for (const auto& e : map) {
    if (e.key.len > 65535) return fail(invalid_parameters("Attribute name is too large, must be less than 65536 bytes"));
    if (e.key.empty()) return fail(invalid("Empty attribute name"));
    size_t from = values.size();
    FB_TRY(encode_value(e.value, values, depth));
    if (!members.empty() && !(members.back().name < e.key.view())) sorted = false;
    members.push_back({e.key.view(), from, values.size()});
  }
  if (!sorted) std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
  out.reserve(out.size() + values.size() + members.size() * 16);
  for (size_t i = 0; i < members.size(); i++) {
    const Member& m = members[i];
    if (i + 1 < members.size() && members[i + 1].name == m.name) continue;   // the last of equal names counts
    put_member(out, m.name, std::string_view(values).substr(m.from, m.to - m.from));
  }
  return {};
}

template <class T> std::string joined(const List<T>& list) {
  std::string out;
  for (const T& e : list) append(out, out.empty() ? "" : ", ", e.view());
  return out;
}

template <class T> Result<void> encode_text_set(const List<T>& list, Type type, std::string& out) {
  bool text = type == Type::string_set;
  if (list.empty()) return fail(invalid_parameters(text ? "An string set  may not be empty" : "Binary sets should not be empty"));
  std::vector<std::string_view> elements;
  for (const T& e : list) elements.push_back(e.view());
  size_t duplicates = 0;
  std::string set = make_set(std::move(elements), &duplicates);
  if (duplicates) return fail(invalid_parameters(cat("Input collection [", joined(list), text ? "] contains duplicates." : "]of type BS contains duplicates.")));
  put_value(out, type, set);
  return {};
}

Result<void> encode_number_set(const List<Str>& list, std::string& out) {
  if (list.empty()) return fail(invalid_parameters("An number set  may not be empty"));
  std::vector<std::string> numbers(list.size());
  std::vector<std::string_view> elements;
  for (size_t i = 0; i < list.size(); i++) {
    FB_TRY(encode_number(list[i].view(), numbers[i]));
    elements.push_back(numbers[i]);
  }
  size_t duplicates = 0;
  std::string set = make_set(std::move(elements), &duplicates);
  if (duplicates) return fail(invalid("Input collection contains duplicates"));
  put_value(out, Type::number_set, set);
  return {};
}

}  // namespace

Result<void> encode_value(const svc::AttributeValue& v, std::string& out, int depth) {
  int types = v.S.has() + v.N.has() + v.B.has() + v.SS.has() + v.NS.has() + v.BS.has() + v.M.has() + v.L.has() + v.NULL_.has() + v.BOOL.has();
  if (types == 0) return fail(invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"));
  if (types > 1) return fail(invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"));
  if (depth >= kMaxNesting) return fail(nested_too_deep());
  if (v.S) put_value(out, Type::string, v.S);
  else if (v.B) put_value(out, Type::binary, v.B);
  else if (v.BOOL) out += char(*v.BOOL ? Type::true_ : Type::false_);
  else if (v.SS) return encode_text_set(v.SS, Type::string_set, out);
  else if (v.NS) return encode_number_set(v.NS, out);
  else if (v.BS) return encode_text_set(v.BS, Type::binary_set, out);
  else if (v.N) {
    std::string number;
    FB_TRY(encode_number(v.N, number));
    put_value(out, Type::number, number);
  } else if (v.NULL_) {
    if (!*v.NULL_) return fail(invalid_parameters("Null attribute value types must have the value of true"));
    out += char(Type::null);
  } else if (v.L) {
    std::string content;
    for (const auto& e : v.L) FB_TRY(encode_value(e, content, depth + 1));
    put_value(out, Type::list, content);
  } else {
    std::string content;
    FB_TRY(encode_map(v.M, content, depth + 1));
    put_value(out, Type::map, content);
  }
  return {};
}

Result<std::string> encode_item(const Map<svc::AttributeValue>& item) {
  std::string out;
  FB_TRY(encode_map(item, out, 0));
  return out;
}

}  // namespace fogbank::dynamodb
