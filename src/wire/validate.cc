// Constraints of the model, checked and worded as the services do.
//
// Styles (Service::validation):
//   smithy      every constraint; "1 validation error detected: Value 'x' at 'y' failed to satisfy constraint: …"
//   logs        the same with the code InvalidParameterException
//   apigateway  the same; members of the body stand below 'createRestApiInput' and come before those of the path
//   sqs         required members only: MissingParameter, "The request must contain the parameter QueueUrl."
//   ec2         required members (MissingParameter) and enumerations (InvalidParameterValue)
//   s3          required members and enumerations of the body only: MalformedXML
//   organizations  the first fault of all, without its place: InvalidInputException with a Reason
//   iam         as smithy; patterns of names and paths have a text of their own, which stands alone: "The specified value for roleName …"
//   none        nothing
// Paths are in lower camel case; elements are counted from 1: 'tags.1.member.tagKey'. Enumerations are printed in the model's order (the
// services print them in the order of a hash table).
#include "base/clock.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "wire/codec.h"
#include "wire/patterns.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

enum class Wording : uint8_t { coral, missing_parameter, ec2, malformed_xml, reason };

struct Style {
  std::string_view name;
  Wording wording;
  const char* code;        ///< null: ValidationException, or ValidationError where the service speaks query
  bool body_prefix;        ///< path of body members begins with the operation's input
  bool null_in_elements;   ///< texts about elements end with "Member must not be null"
};
constexpr Style kStyles[] = {
    {"smithy", Wording::coral, nullptr, false, true},
    {"iam", Wording::coral, nullptr, false, true},
    {"logs", Wording::coral, "InvalidParameterException", false, true},
    {"apigateway", Wording::coral, nullptr, true, false},
    {"sqs", Wording::missing_parameter, nullptr, false, false},
    {"ec2", Wording::ec2, nullptr, false, false},
    {"s3", Wording::malformed_xml, nullptr, false, false},
    {"organizations", Wording::reason, "InvalidInputException", false, false},
};

/// How a service that gives reasons instead of places words a fault.
struct Reason { const char* name; const char* text; };
constexpr Reason kMissing{"INPUT_REQUIRED", "You must include a value for all required parameters."};
constexpr Reason kInvalidEnum{"INVALID_ENUM", "You specified an invalid value."};
constexpr Reason kInvalidPattern{"INVALID_PATTERN", "You provided a value that does not match the required pattern."};
constexpr Reason kInvalidListMember{"INVALID_LIST_MEMBER", "You provided a list to a parameter that contains at least one invalid value."};
constexpr Reason kTooLong{"MAX_LENGTH_EXCEEDED", "You provided a string parameter that is longer than allowed."};
constexpr Reason kTooShort{"MIN_LENGTH_EXCEEDED", "You provided a string parameter that is shorter than allowed."};
constexpr Reason kTooLarge{"MAX_VALUE_EXCEEDED", "You provided a numeric parameter that has a larger value than allowed."};
constexpr Reason kTooSmall{"MIN_VALUE_EXCEEDED", "You provided a numeric parameter that has a smaller value than allowed."};

/// Members whose values the services leave out of texts although the model does not mark them.
constexpr struct { std::string_view service, member; } kUnprinted[] = {{"iam", "ServiceSpecificCredentialId"}};

/// Patterns that IAM checks by itself, after what the model says, with its own words.
constexpr struct { std::string_view pattern, text; } kIamPatterns[] = {
    {"[\\w+=,.@-]+", "It must contain only alphanumeric characters and/or the following: +=,.@_-"},
    {"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", "It must begin and end with / and contain only alphanumeric characters and/or / characters."},
    {"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/", "It must begin and end with / and contain only alphanumeric characters and/or / characters."},
};

constexpr size_t kMaxText = 64 << 10;

void append_camel(std::string& out, std::string_view name) {
  size_t at = out.size();
  out += name;
  if (out[at] >= 'A' && out[at] <= 'Z') out[at] = static_cast<char>(out[at] - 'A' + 'a');
}

/// Where a value stands, as a chain over the stack.
struct Path {
  const Path* up = nullptr;
  std::string_view name;     ///< of a member, or a map's key
  size_t index = 0;          ///< of a list's element, from 1
  bool member = true;

  void print(std::string& out) const {
    if (up) {
      up->print(out);
      if (!out.empty()) out += '.';
    }
    if (member) { append_camel(out, name); return; }
    if (index) append(out, index);
    else out += name;
    out += ".member";
  }
};

void print_value(std::string& out, const Shape& shape, const void* slot, bool element, int depth);

void print_structure(std::string& out, const Shape& shape, const void* base, int depth) {
  append(out, shape.name, '(');
  bool first = true;
  for (const Field& f : shape.fields) {
    if (!first) out += ", ";
    first = false;
    append_camel(out, f.name);
    out += '=';
    if (f.sensitive || f.shape->sensitive) out += "***Sensitive Data Redacted***";
    else print_value(out, *f.shape, member_slot(base, f), false, depth);
  }
  out += ')';
}

void print_collection(std::string& out, const Shape& shape, const RawList& list, int depth) {
  bool keyed = shape.kind == Kind::map;
  out += keyed ? '{' : '[';
  for (size_t i = 0; i < list.count && out.size() < kMaxText; i++) {
    char* entry = entry_at(list, stride_of(shape), i);
    if (i) out += ", ";
    if (keyed) append(out, key_of(entry), '=');
    print_value(out, *shape.element, value_of(shape, entry), true, depth);
  }
  out += keyed ? '}' : ']';
}

/// The value as the services' texts show it.
void print_value(std::string& out, const Shape& shape, const void* slot, bool element, int depth) {
  bool is_structure = shape.kind == Kind::structure;
  if (depth >= kMaxDepth || (!(is_structure && element) && !has_value(shape.kind, slot))) { out += "null"; return; }
  switch (shape.kind) {
    case Kind::structure: return print_structure(out, shape, structure_of(slot, element), depth + 1);
    case Kind::list:
    case Kind::map: return print_collection(out, shape, slot_as<RawList>(slot), depth + 1);
    case Kind::blob: {
      size_t n = slot_as<Blob>(slot).len;
      return append(out, "java.nio.HeapByteBuffer[pos=0 lim=", n, " cap=", n, ']');
    }
    case Kind::float32:
    case Kind::float64: {
      size_t at = out.size();
      append_scalar(out, shape.kind, slot, TimeText::iso8601);
      if (out.find_first_not_of("-0123456789", at) == std::string::npos) out += ".0";
      return;
    }
    case Kind::document: return;
    default: return append_scalar(out, shape.kind, slot, TimeText::iso8601);
  }
}

bool is_number(Kind k) { return k == Kind::integer || k == Kind::longint || k == Kind::float32 || k == Kind::float64; }
bool is_floating(Kind k) { return k == Kind::float32 || k == Kind::float64; }

void bound_text(std::string& out, Kind kind, bool upper, int64_t bound) {
  append(out, "Member must have ", is_number(kind) ? "value" : "length", upper ? " less" : " greater", " than or equal to ", bound);
  if (is_floating(kind)) out += ".0";
}

void enum_text(std::string& out, const Constraints& c) {
  out += "Member must satisfy enum value set: [";
  bool first = true;
  for (const char* v : c.enum_values) {
    if (!first) out += ", ";
    first = false;
    out += v;
  }
  out += ']';
}

struct Checked { bool max_ok = true, min_ok = true, pattern_ok = true, enum_ok = true; bool ok() const { return max_ok && min_ok && pattern_ok && enum_ok; } };

bool in_bounds(double v, int64_t bound, bool upper) { return upper ? v <= static_cast<double>(bound) : v >= static_cast<double>(bound); }

Checked check_text(const Constraints& c, std::string_view s) {
  Checked r;
  if (c.has_min || c.has_max) {
    auto length = static_cast<int64_t>(utf8_length(s));
    r.max_ok = !c.has_max || length <= c.max;
    r.min_ok = !c.has_min || length >= c.min;
  }
  r.pattern_ok = matches_pattern(c, s);
  if (!c.enum_values.empty()) r.enum_ok = std::any_of(c.enum_values.begin(), c.enum_values.end(), [&](const char* v) { return s == v; });
  return r;
}

/// The constraints of a shape against a present slot.
Checked check(const Shape& shape, const void* slot) {
  const Constraints& c = *shape.constraints;
  if (shape.kind == Kind::text) return check_text(c, slot_as<Str>(slot));
  Checked r;
  if (is_floating(shape.kind)) {
    double v = shape.kind == Kind::float64 ? slot_as<Opt<double>>(slot).value : slot_as<Opt<float>>(slot).value;
    r.max_ok = !c.has_max || in_bounds(v, c.max, true);
    r.min_ok = !c.has_min || in_bounds(v, c.min, false);
    return r;
  }
  int64_t n;
  switch (shape.kind) {
    case Kind::integer: n = slot_as<Opt<int32_t>>(slot).value; break;
    case Kind::longint: n = slot_as<Opt<int64_t>>(slot).value; break;
    case Kind::blob: n = static_cast<int64_t>(slot_as<Blob>(slot).len); break;
    case Kind::list:
    case Kind::map: n = slot_as<RawList>(slot).count; break;
    default: return r;
  }
  r.max_ok = !c.has_max || n <= c.max;
  r.min_ok = !c.has_min || n >= c.min;
  return r;
}

/// All constraints of an element, whether broken or not: "[a, b, Member must not be null]".
std::string element_constraints(const Shape& shape, bool with_null) {
  std::string out = "[";
  auto next = [&] { if (out.size() > 1) out += ", "; };
  if (const Constraints* c = shape.constraints) {
    if (c->has_max) { next(); bound_text(out, shape.kind, true, c->max); }
    if (c->has_min) { next(); bound_text(out, shape.kind, false, c->min); }
    if (c->pattern) { next(); append(out, "Member must satisfy regular expression pattern: ", c->pattern); }
    if (!c->enum_values.empty()) { next(); enum_text(out, *c); }
  }
  if (with_null) { next(); out += "Member must not be null"; }
  out += ']';
  return out;
}

class Validator {
 public:
  Validator(const Service& service, const Operation& op, const Style& style) : service_(service), op_(op), style_(style) {}

  Result<void> run(const void* input) {
    const Shape& shape = *op_.input;
    if (style_.body_prefix) {
      std::string root = cat(op_.name, "Input");
      Path body{nullptr, root};
      members(shape, input, &body, 0, Part::body);
      members(shape, input, nullptr, 0, Part::rest);
    } else {
      members(shape, input, nullptr, 0, style_.wording == Wording::malformed_xml ? Part::body : Part::all);
    }
    return result();
  }

 private:
  enum class Part : uint8_t { all, body, rest };

  static bool in_part(const Field& f, Part part) {
    bool body = f.location == Location::body || f.location == Location::payload;
    return part == Part::all || body == (part == Part::body);
  }

  void members(const Shape& shape, const void* base, const Path* up, int depth, Part part) {
    if (!base || depth >= kMaxDepth) return;
    for (const Field& f : shape.fields) {
      if ((!f.required && !f.validate) || f.streaming || !in_part(f, part)) continue;
      const void* slot = member_slot(base, f);
      Path here{up, f.name};
      if (!has_value(f.kind, slot)) {
        if (f.required) missing(f, here);
        continue;
      }
      if (f.validate) value(*f.shape, slot, false, here, depth, &f);
    }
  }

  void value(const Shape& shape, const void* slot, bool element, const Path& here, int depth, const Field* f) {
    if (depth >= kMaxDepth) return;
    if (shape.constraints) own_constraints(shape, slot, here, f);
    switch (shape.kind) {
      case Kind::structure: return members(shape, structure_of(slot, element), &here, depth + 1, Part::all);
      case Kind::list:
      case Kind::map: return entries(shape, slot_as<RawList>(slot), slot, here, depth + 1, f);
      default: return;
    }
  }

  void entries(const Shape& shape, const RawList& list, const void* slot, const Path& here, int depth, const Field* f) {
    const Shape& e = *shape.element;
    bool keyed = shape.kind == Kind::map;
    bool keys_ok = true, values_ok = true, coral = style_.wording == Wording::coral || style_.wording == Wording::reason;
    auto good = [&](const Checked& r) { return coral ? r.ok() : r.enum_ok; };
    for (size_t i = 0; i < list.count; i++) {
      char* entry = entry_at(list, stride_of(shape), i);
      const void* v = value_of(shape, entry);
      if (keyed && shape.map_key && shape.map_key->constraints) keys_ok = keys_ok && good(check_text(*shape.map_key->constraints, key_of(entry)));
      if (is_scalar(e.kind)) {
        if (e.constraints && has_value(e.kind, v)) values_ok = values_ok && good(check(e, v));
        continue;
      }
      if (!e.validate) continue;
      Path inner{&here, keyed ? key_of(entry).view() : std::string_view(), keyed ? 0 : i + 1, false};
      value(e, v, true, inner, depth, nullptr);
    }
    if (style_.wording == Wording::reason) {
      if (!keys_ok || !values_ok) give(kInvalidListMember);
      return;
    }
    if (!keys_ok) violation(shape, slot, here, f, cat("Map keys must satisfy constraint: ", element_constraints(*shape.map_key, false)));
    if (!values_ok) violation(shape, slot, here, f, cat(keyed ? "Map value" : "Member", " must satisfy constraint: ", element_constraints(e, style_.null_in_elements)));
  }

  void own_constraints(const Shape& shape, const void* slot, const Path& here, const Field* f) {
    const Constraints& c = *shape.constraints;
    Checked r = check(shape, slot);
    if (r.ok()) return;
    if (style_.wording == Wording::reason) return give(reason_of(shape.kind, r));
    std::string text;
    auto report = [&] { violation(shape, slot, here, f, text); text.clear(); };
    if (!r.enum_ok) { enum_text(text, c); report(); }
    if (style_.wording != Wording::coral) return;
    if (!r.max_ok) { bound_text(text, shape.kind, true, c.max); report(); }
    if (!r.min_ok) { bound_text(text, shape.kind, false, c.min); report(); }
    if (!r.pattern_ok && worded_by_iam(c.pattern, here)) return;
    if (!r.pattern_ok) { append(text, "Member must satisfy regular expression pattern: ", c.pattern); report(); }
  }

  static const Reason& reason_of(Kind kind, const Checked& r) {
    if (!r.enum_ok) return kInvalidEnum;
    if (!r.max_ok) return is_number(kind) ? kTooLarge : kTooLong;
    if (!r.min_ok) return is_number(kind) ? kTooSmall : kTooShort;
    return kInvalidPattern;
  }
  void give(const Reason& reason) {
    count_++;
    if (!reason_) reason_ = &reason;
  }
  /// Keeps the text if it is the service's own: of the first such value.
  bool worded_by_iam(std::string_view pattern, const Path& here) {
    if (style_.name != "iam") return false;
    for (const auto& own : kIamPatterns) {
      if (own.pattern != pattern) continue;
      std::string path;
      here.print(path);
      if (invalid_.empty()) invalid_ = cat("The specified value for ", path, " is invalid. ", own.text);
      return true;
    }
    return false;
  }

  bool printable(const Shape& shape, const Field* f) const {
    if (shape.sensitive || (f && f->sensitive)) return false;
    for (const auto& u : kUnprinted)
      if (f && u.service == service_.name && u.member == f->name) return false;
    return true;
  }

  void violation(const Shape& shape, const void* slot, const Path& here, const Field* f, std::string_view constraint) {
    if (style_.wording == Wording::missing_parameter) return;
    count_++;
    if (style_.wording == Wording::malformed_xml || text_.size() >= kMaxText) return;
    if (style_.wording == Wording::ec2) {
      std::string value;
      print_value(value, shape, slot, false, 0);
      if (invalid_.empty()) invalid_ = cat("Value (", value, ") for parameter ", f ? f->query_name : "", " is invalid.");
      return;
    }
    if (count_ > 1) text_ += "; ";
    text_ += "Value ";
    if (printable(shape, f)) {
      text_ += '\'';
      print_value(text_, shape, slot, false, 0);
      text_ += "' ";
    }
    text_ += "at '";
    std::string path;
    here.print(path);
    append(text_, path, "' failed to satisfy constraint: ", constraint);
  }

  void missing(const Field& f, const Path& here) {
    if (style_.wording == Wording::reason) return give(kMissing);
    count_++;
    if (missing_.empty()) missing_ = style_.wording == Wording::ec2 ? f.query_name : f.name;
    if (style_.wording != Wording::coral || text_.size() >= kMaxText) return;
    if (count_ > 1) text_ += "; ";
    std::string path;
    here.print(path);
    append(text_, "Value null at '", path, "' failed to satisfy constraint: Member must not be null");
  }

  const char* code() const {
    if (style_.code) return style_.code;
    for (Protocol p : service_.protocols)
      if (p == Protocol::query) return "ValidationError";
    return "ValidationException";
  }

  Result<void> result() {
    if (!count_) return invalid_.empty() ? Result<void>() : fail(code(), invalid_);
    switch (style_.wording) {
      case Wording::coral: return fail(code(), cat(count_, count_ == 1 ? " validation error detected: " : " validation errors detected: ", text_));
      case Wording::malformed_xml:
        return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
      case Wording::ec2:
        if (missing_.empty()) return fail("InvalidParameterValue", invalid_);
        return fail("MissingParameter", cat("The request must contain the parameter ", missing_));
      case Wording::reason: return fail(ApiError(code(), reason_->text).with("Reason", reason_->name));
      case Wording::missing_parameter: break;
    }
    ApiError e("MissingRequiredParameterException", cat("The request must contain the parameter ", missing_, "."));
    e.query_code = "MissingParameter";
    return fail(std::move(e));
  }

  const Service& service_;
  const Operation& op_;
  const Style& style_;
  size_t count_ = 0;
  std::string text_, missing_, invalid_;
  const Reason* reason_ = nullptr;
};

}  // namespace

Result<void> validate(const Service& service, const Operation& op, const void* input) {
  if (!op.input->validate) return {};
  std::string_view name = service.validation ? service.validation : "smithy";
  if (name == "none") return {};
  const Style* style = &kStyles[0];
  for (const Style& s : kStyles)
    if (s.name == name) style = &s;
  return Validator(service, op, *style).run(input);
}

}  // namespace fogbank::wire
