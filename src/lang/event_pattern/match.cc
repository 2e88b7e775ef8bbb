#include <algorithm>
#include <cmath>
#include <functional>

#include "base/strings.h"
#include "lang/event_pattern/pattern.h"

namespace fogbank::event_pattern {

double in_millionths(double value) { return std::trunc(value * 1e6); }

namespace {

bool ends_with_i(std::string_view s, std::string_view tail) { return s.size() >= tail.size() && iequals(s.substr(s.size() - tail.size()), tail); }

/// '*' stands for any bytes; "\*" and "\\" for themselves.
bool matches_wildcard(std::string_view pattern, std::string_view s) {
  size_t p = 0, i = 0, star = std::string_view::npos, resume = 0;
  auto literal = [&](size_t at, size_t& width) {
    width = pattern[at] == '\\' && at + 1 < pattern.size() ? 2 : 1;
    return pattern[at + width - 1];
  };
  while (i < s.size()) {
    size_t width;
    if (p < pattern.size() && pattern[p] == '*') { star = ++p; resume = i; continue; }
    if (p < pattern.size() && literal(p, width) == s[i]) { p += width; i++; continue; }
    if (star == std::string_view::npos) return false;
    p = star;
    i = ++resume;
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

/// The number on the scale of the test's own.
double scaled(const Test& t, double v) { return t.six_digits ? in_millionths(v) : v; }

bool in_range(const Test& t, double number) {
  const double v = scaled(t, number);
  if (t.has_low && (t.low_open ? v <= t.low : v < t.low)) return false;
  return !t.has_high || (t.high_open ? v < t.high : v <= t.high);
}

bool holds(const Test& t, const Json& v) {
  using Kind = Test::Kind;
  bool text = v.type == Json::Type::text;
  switch (t.kind) {
    case Kind::text: return text && v.text == t.text;
    case Kind::number: return v.type == Json::Type::number && scaled(t, v.number) == t.low;
    case Kind::true_: return v.type == Json::Type::true_;
    case Kind::false_: return v.type == Json::Type::false_;
    case Kind::null: return v.type == Json::Type::null;
    case Kind::prefix: return text && v.text.starts_with(t.text);
    case Kind::prefix_any_case: return text && starts_with_i(v.text, t.text);
    case Kind::suffix: return text && v.text.ends_with(t.text);
    case Kind::suffix_any_case: return text && ends_with_i(v.text, t.text);
    case Kind::any_case: return text && iequals(v.text, t.text);
    case Kind::wildcard: return text && matches_wildcard(t.text, v.text);
    case Kind::range: return v.type == Json::Type::number && in_range(t, v.number);
    case Kind::address: return text && in_network(t, v.text);
    case Kind::present: return true;
    case Kind::absent: return false;
    case Kind::none_of: return std::none_of(t.excluded.begin(), t.excluded.end(), [&](const Test& x) { return holds(x, v); });
  }
  return false;
}

using Visit = std::function<bool(const Json&)>;

/// Visits what `name` means in an object: its member, and what a name joined by dots leads to. True as soon as `visit` says so.
bool each_named(const Json& object, std::string_view name, const Visit& visit) {
  if (const Json* v = object.get(name); v && visit(*v)) return true;
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const Json* v = object.get(name.substr(0, dot));
    if (v && v->object() && each_named(*v, name.substr(dot + 1), visit)) return true;
  }
  return false;
}

/// Visits the scalars of a value: itself or, of an array, its elements'.
bool each_scalar(const Json& v, const Visit& visit) {
  if (v.object()) return false;
  if (!v.array()) return visit(v);
  return std::any_of(v.items.begin(), v.items.end(), [&](const Json& item) { return each_scalar(item, visit); });
}

/// Does the path lead to a scalar anywhere, through any element of any array?
bool reaches(const Json& v, const std::vector<std::string>& path, size_t depth) {
  if (v.array()) return std::any_of(v.items.begin(), v.items.end(), [&](const Json& item) { return reaches(item, path, depth); });
  if (depth == path.size()) return !v.object();
  return v.object() && each_named(v, path[depth], [&](const Json& next) { return reaches(next, path, depth + 1); });
}

class Matcher {
 public:
  explicit Matcher(const Json& root) : root_(root) {}

  /// `v`: the object that the node is about, an array of such, another value, or null where there is nothing.
  bool node(const Node& n, const Json* v) const {
    if (v && v->array()) {
      if (v->items.empty()) return node(n, nullptr);
      return std::any_of(v->items.begin(), v->items.end(), [&](const Json& item) { return node(n, &item); });
    }
    if (v && !v->object()) v = nullptr;
    for (const Node::Field& f : n.fields) if (!field(f, v)) return false;
    for (const auto& alternatives : n.alternatives) {
      if (std::none_of(alternatives.begin(), alternatives.end(), [&](const Node& a) { return node(a, v); })) return false;
    }
    return true;
  }

 private:
  bool field(const Node::Field& f, const Json* object) const {
    if (f.node) {
      if (object && each_named(*object, f.name, [&](const Json& v) { return node(*f.node, &v); })) return true;
      bool there = object && each_named(*object, f.name, [](const Json&) { return true; });
      return !there && node(*f.node, nullptr);
    }
    for (const Test& t : f.tests) {
      if (t.kind == Test::Kind::absent) {
        if (!reaches(root_, f.path, 0)) return true;
      } else if (object && each_named(*object, f.name, [&](const Json& v) { return each_scalar(v, [&](const Json& s) { return holds(t, s); }); })) {
        return true;
      }
    }
    return false;
  }

  const Json& root_;
};

double combine(const Node& n, double depth, bool nested) {
  double product = 1;
  for (const Node::Field& f : n.fields) product *= f.node ? combine(*f.node, depth + 1, nested) : double(f.tests.size()) * (nested ? depth : 1);
  for (const auto& alternatives : n.alternatives) {
    double sum = 0;
    for (const Node& a : alternatives) sum += combine(a, depth, nested);
    product *= sum;
  }
  return product;
}

}  // namespace

bool Pattern::matches(const Json& root) const { return root.object() && Matcher(root).node(root_, &root); }

double Pattern::combinations(bool nested) const { return combine(root_, 1, nested); }

}  // namespace fogbank::event_pattern
