// The only file that knows the JSON library.
#include "auth/policy/raw_policy.h"

#include <simdjson.h>

#include "base/strings.h"

namespace fogbank::policy {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr size_t kMaxBytes = 256 * 1024;
constexpr size_t kMaxDepth = 12;
constexpr size_t kMaxStatements = 4096;

/// Fills a RawPolicy; the first fault ends the reading.
class Reader {
 public:
  explicit Reader(Completeness completeness) : partial_(completeness == Completeness::partial) {}
  Malformed fault;
  RawPolicy out;

  bool policy(element root) {
    if (!root.is_object()) return fail(Fault::json, "");
    bool has_statement = false, has_id = false;
    for (auto [key, value] : object(root)) {
      if (key == "Version" && !out.version) {
        if (!text(value, out.version.emplace(), key)) return false;
        if (*out.version != "2012-10-17" && *out.version != "2008-10-17") return fail(Fault::version_unknown, *out.version);
      } else if (key == "Id" && !has_id) {
        std::string id;
        has_id = true;
        if (!text(value, id, key)) return false;
      } else if (key == "Statement" && !has_statement) {
        has_statement = true;
        if (!statements(value)) return false;
      } else {
        return fail(Fault::unknown_field, key);
      }
    }
    fault.statement = -1;
    return has_statement || partial_ || fail(Fault::missing_field, "Statement");
  }

 private:
  bool fail(Fault f, std::string_view field) {
    fault.fault = f;
    fault.field = field;
    return false;
  }

  bool text(element e, std::string& to, std::string_view field) {
    std::string_view s;
    if (e.get(s) != simdjson::SUCCESS) return fail(Fault::type, field);
    to = s;
    return true;
  }

  bool statements(element e) {
    if (e.is_object()) return one(e, 0);
    if (!e.is_array()) return fail(Fault::type, "Statement");
    int index = 0;
    for (element s : simdjson::dom::array(e)) {
      if (size_t(index) >= kMaxStatements) return fail(Fault::too_large, "Statement");
      if (!one(s, index++)) return false;
    }
    return index > 0 || partial_ || fail(Fault::empty_statement, "Statement");
  }

  bool one(element e, int index) {
    fault.statement = index;
    if (!e.is_object()) return fail(Fault::type, "Statement");
    RawStatement& s = out.statements.emplace_back();
    bool has_effect = false, has_sid = false, has_condition = false;
    for (auto [key, value] : object(e)) {
      bool ok;
      if (key == "Sid" && !has_sid) ok = has_sid = text(value, s.sid, key);
      else if (key == "Effect" && !has_effect) ok = has_effect = effect(value, s);
      else if (key == "Action" || key == "NotAction") ok = element_list(value, key, s.action);
      else if (key == "Resource" || key == "NotResource") ok = element_list(value, key, s.resource);
      else if (key == "Principal" || key == "NotPrincipal") ok = principal(value, key, s.principal);
      else if (key == "Condition" && !has_condition) ok = has_condition = conditions(value, s);
      else ok = fail(Fault::unknown_field, key);
      if (!ok) return false;
    }
    return has_effect || fail(Fault::missing_field, "Effect");
  }

  bool effect(element e, RawStatement& s) {
    if (!text(e, s.effect, "Effect")) return false;
    return iequals(s.effect, "Allow") || iequals(s.effect, "Deny") || fail(Fault::effect, s.effect);
  }

  /// Marks Action or NotAction as given; both, or one twice, is a fault.
  template <class T> bool start(std::string_view key, RawElement<T>& to) {
    if (to.present) return fail(Fault::type, key);
    to.present = true;
    to.negated = key.substr(0, 3) == "Not";
    return true;
  }

  bool element_list(element e, std::string_view key, RawElement<std::string>& to) {
    return start(key, to) && strings(e, key, false, to.items);
  }

  /// A text or a list of texts; `scalars`: numbers and booleans too.
  bool strings(element e, std::string_view field, bool scalars, std::vector<std::string>& to) {
    if (!e.is_array()) return scalar(e, field, scalars, to);
    for (element item : simdjson::dom::array(e)) if (!scalar(item, field, scalars, to)) return false;
    return true;
  }

  bool scalar(element e, std::string_view field, bool scalars, std::vector<std::string>& to) {
    switch (e.type()) {
      case element_type::STRING: to.emplace_back(std::string_view(e)); return true;
      case element_type::BOOL: if (scalars) { to.emplace_back(bool(e) ? "true" : "false"); return true; } break;
      case element_type::INT64: if (scalars) { to.push_back(cat(int64_t(e))); return true; } break;
      case element_type::UINT64: if (scalars) { to.push_back(cat(uint64_t(e))); return true; } break;
      case element_type::DOUBLE: if (scalars) { to.push_back(format_double(double(e))); return true; } break;
      default: break;
    }
    return fail(Fault::type, field);
  }

  bool principal(element e, std::string_view key, RawElement<RawPrincipal>& to) {
    if (!start(key, to)) return false;
    if (e.is_string()) {
      std::string_view s(e);
      if (s != "*") return fail(Fault::principal, cat("\"AWS\":\"", s, "\""));
      to.items.push_back({PrincipalName::Type::everyone, "*", true});
      return true;
    }
    if (!e.is_object()) return fail(Fault::type, key);
    unsigned seen = 0;
    for (auto [type, value] : object(e)) if (!principals_of_type(type, value, seen, to)) return false;
    return true;
  }

  bool principals_of_type(std::string_view name, element e, unsigned& seen, RawElement<RawPrincipal>& to) {
    using Type = PrincipalName::Type;
    static constexpr std::pair<std::string_view, Type> kTypes[] = {
        {"AWS", Type::aws}, {"Service", Type::service}, {"Federated", Type::federated}, {"CanonicalUser", Type::canonical_user}};
    for (const auto& [known, type] : kTypes) {
      if (known != name) continue;
      if (seen & (1u << unsigned(type))) return fail(Fault::unknown_field, name);
      seen |= 1u << unsigned(type);
      std::vector<std::string> values;
      if (!strings(e, name, false, values)) return false;
      for (std::string& v : values) {
        bool everyone = type == Type::aws && v == "*";
        to.items.push_back({everyone ? Type::everyone : type, std::move(v)});
      }
      return true;
    }
    return fail(Fault::unknown_field, name);
  }

  bool conditions(element e, RawStatement& s) {
    if (!e.is_object()) return fail(Fault::type, "Condition");
    std::vector<std::string_view> seen;
    for (auto [name, map] : object(e)) {
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) return fail(Fault::unknown_field, name);
      seen.push_back(name);
      if (!map.is_object()) return fail(Fault::type, name);
      auto op = parse_operator(name);
      if (!op && object(map).size() != 0) return fail(Fault::type, name);  // IAM takes an unknown operator that has no keys
      if (op && !keys(*op, object(map), s)) return false;
    }
    return true;
  }

  bool keys(const OperatorName& op, object map, RawStatement& s) {
    size_t first = s.conditions.size();
    for (auto [key, value] : map) {
      for (size_t i = first; i < s.conditions.size(); i++)
        if (partial_ ? s.conditions[i].key == key : iequals(s.conditions[i].key, key)) return fail(Fault::unknown_field, key);
      RawCondition c{op, std::string(key), {}};
      if (!strings(value, key, true, c.values)) return false;
      s.conditions.push_back(std::move(c));
    }
    return true;
  }

  const bool partial_;
};

}  // namespace

tl::expected<RawPolicy, Malformed> read_policy(std::string_view json, Completeness completeness) {
  if (json.size() > kMaxBytes) return tl::unexpected(Malformed{Fault::too_large, "", -1});
  simdjson::dom::parser parser;
  element root;
  if (parser.allocate(std::max<size_t>(json.size(), 64), kMaxDepth) != simdjson::SUCCESS) throw std::bad_alloc();
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return tl::unexpected(Malformed{Fault::json, "", -1});
  Reader reader(completeness);
  if (!reader.policy(root)) return tl::unexpected(std::move(reader.fault));
  return std::move(reader.out);
}

}  // namespace fogbank::policy
