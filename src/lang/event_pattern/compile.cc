// Patterns as AWS's rule engine reads them: token by token, refusing at the first that is wrong and naming how far its parser had read.
#include "base/strings.h"
#include "lang/event_pattern/pattern.h"

namespace fogbank::event_pattern {

class Compiler {
 public:
  Compiler(std::string_view text, Dialect dialect) : in_(text), dialect_(dialect) {}

  Result<PatternPtr> all() {
    if (in_.next() != Token::start_object) return refuse("Filter is not an object");
    auto pattern = std::make_shared<Pattern>();
    FB_TRY(object(pattern->root_));
    pattern->keys_ = keys_;
    pattern->nested_ = nested_;
    return PatternPtr(std::move(pattern));
  }

 private:
  using Kind = Test::Kind;

  /// A refusal with the place that was reached.
  tl::unexpected<ApiError> refuse(std::string reason) { return fail("", cat(reason, in_.location())); }
  tl::unexpected<ApiError> too_many() { return refuse("Only one key allowed in match expression"); }
  bool number() const { return in_.token() == Token::number; }

  Result<void> object(Node& out) {
    bool any = false;
    while (in_.next() == Token::field) {
      any = true;
      std::string name = in_.text();
      Token t = in_.next();
      if (t == Token::start_array && name == "$or") {
        FB_TRY(alternatives(out));
        continue;
      }
      Node::Field& f = out.fields.emplace_back();
      f.name = name;
      path_.push_back(name);
      f.path = path_;
      if (t == Token::start_object) {
        f.node = std::make_unique<Node>();
        nested_ = true;
        FB_TRY(object(*f.node));
      } else if (t == Token::start_array) {
        keys_++;
        FB_TRY(tests(f.tests));
      } else {
        return refuse(cat('"', name, "\" must be an object or an array"));
      }
      path_.pop_back();
    }
    if (!any && !path_.empty()) return refuse("Empty objects are not allowed");
    if (!any && dialect_ == Dialect::event_bridge) return refuse("Empty objects are not allowed");
    return {};
  }

  Result<void> alternatives(Node& out) {
    auto& list = out.alternatives.emplace_back();
    while (in_.next() != Token::end_array) {
      if (in_.token() != Token::start_object) return refuse("Only JSON object is allowed in array of \"$or\" relationship.");
      FB_TRY(object(list.emplace_back()));
      if (list.back().fields.empty() && list.back().alternatives.empty()) return refuse("Empty objects are not allowed");
    }
    if (list.size() < 2) return refuse("There must have at least 2 Objects in \"$or\" relationship.");
    return {};
  }

  Result<void> tests(std::vector<Test>& out) {
    while (in_.next() != Token::end_array) {
      if (in_.token() == Token::start_object) {
        FB_TRY(expression(out.emplace_back()));
      } else if (in_.token() == Token::start_array) {
        return refuse("Match value must be String, number, true, false, or null");
      } else {
        out.push_back(simple());
      }
    }
    if (out.empty()) return refuse("Empty arrays are not allowed");
    return {};
  }

  /// The test for equality with the current token.
  Test simple() {
    Test t;
    switch (in_.token()) {
      case Token::text: t.kind = Kind::text; t.text = in_.text(); break;
      case Token::number: t.kind = Kind::number; t.text = in_.text(); t.low = value(); t.six_digits = six_digits(); break;
      case Token::true_: t.kind = Kind::true_; break;
      case Token::false_: t.kind = Kind::false_; break;
      default: t.kind = Kind::null; break;
    }
    return t;
  }
  double value() {
    auto n = Json::of_number(in_.text());
    if (!n) return 0;
    return six_digits() ? in_millionths(n->number) : n->number;
  }
  bool six_digits() const { return dialect_ == Dialect::sns; }

  Result<void> expression(Test& out) {
    if (in_.next() != Token::field) return refuse("Match expression name not found");
    std::string name = in_.text();
    if (name == "anything-but") return anything_but(out);
    if (name == "numeric") return numeric(out);
    if (name == "exists") {
      in_.next();
      if (in_.token() != Token::true_ && in_.token() != Token::false_) return refuse("exists match pattern must be either true or false.");
      out.kind = in_.token() == Token::true_ ? Kind::present : Kind::absent;
    } else if (name == "cidr") {
      if (in_.next() != Token::text) return refuse("prefix match pattern must be a string");
      FB_ASSIGN(network, read_network(in_.text()));
      out = std::move(network);
    } else if (name == "prefix" || name == "suffix") {
      FB_TRY(affix(name, out));
    } else if (name == "equals-ignore-case") {
      FB_TRY(word(name, Kind::any_case, out));
    } else if (name == "exactly") {
      if (in_.next() != Token::text) return refuse("exact match pattern must be a string");
      out.kind = Kind::text;
      out.text = in_.text();
    } else if (name == "wildcard" && dialect_ == Dialect::event_bridge) {
      FB_TRY(word(name, Kind::wildcard, out));
      FB_TRY(check_wildcard(out.text));
    } else {
      return refuse(cat("Unrecognized match type ", name));
    }
    if (in_.next() != Token::end_object) return too_many();
    return {};
  }

  Result<void> word(std::string_view name, Kind kind, Test& out) {
    if (in_.next() != Token::text) return refuse(cat(name, " match pattern must be a string"));
    out.kind = kind;
    out.text = in_.text();
    return {};
  }

  /// prefix and suffix; EventBridge knows them without regard to case.
  Result<void> affix(std::string_view name, Test& out) {
    bool prefix = name == "prefix";
    if (in_.next() == Token::start_object && dialect_ == Dialect::event_bridge) {
      if (in_.next() != Token::field || in_.text() != "equals-ignore-case") return refuse(cat("Unsupported ", name, " pattern: ", in_.text()));
      if (in_.next() != Token::text) return refuse(cat("equals-ignore-case match pattern must be a string"));
      out.kind = prefix ? Kind::prefix_any_case : Kind::suffix_any_case;
      out.text = in_.text();
      if (in_.next() != Token::end_object) return too_many();
      return {};
    }
    if (in_.token() != Token::text) return refuse(cat(name, " match pattern must be a string"));
    out.kind = prefix ? Kind::prefix : Kind::suffix;
    out.text = in_.text();
    return {};
  }

  Result<void> check_wildcard(const std::string& text) {
    for (size_t i = 0; i + 1 < text.size(); i++) {
      if (text[i] == '\\') {
        if (text[i + 1] != '*' && text[i + 1] != '\\') return refuse(cat("Invalid escape character at pos ", i + 1));
        i++;
      } else if (text[i] == '*' && text[i + 1] == '*') {
        return refuse(cat("Consecutive wildcard characters at pos ", i + 1));
      }
    }
    return {};
  }

  // ---------------------------------------------------------------------------------------------------------------- anything-but

  Result<void> anything_but(Test& out) {
    out.kind = Kind::none_of;
    in_.next();
    if (in_.token() == Token::start_object) {
      FB_TRY(anything_but_expression(out.excluded));
    } else if (in_.token() == Token::start_array) {
      FB_TRY(anything_but_list(out.excluded));
    } else if (in_.token() == Token::text || number()) {
      out.excluded.push_back(simple());
    } else {
      return refuse("Value of anything-but must be an array or single string/number value.");
    }
    if (in_.next() != Token::end_object) return too_many();
    return {};
  }

  Result<void> anything_but_list(std::vector<Test>& out) {
    bool texts = false, numbers = false;
    while (in_.next() != Token::end_array) {
      if (in_.token() != Token::text && !number()) {
        std::string reason = cat("Inside anything but list, start|null|boolean is not supported.", in_.location());
        return dialect_ == Dialect::sns ? tl::unexpected<ApiError>(ApiError("", reason)) : refuse(reason);
      }
      (number() ? numbers : texts) = true;
      out.push_back(simple());
      if (texts && numbers) return refuse("Inside anything but list, either all values are number or string, mixed type is not supported");
    }
    if (out.empty()) return refuse("Empty arrays are not allowed");
    return {};
  }

  Result<void> anything_but_expression(std::vector<Test>& out) {
    if (in_.next() != Token::field) return refuse("Anything-But expression name not found");
    std::string name = in_.text();
    bool affix = name == "prefix" || name == "suffix";
    bool known = dialect_ == Dialect::sns ? name == "prefix" : affix || name == "equals-ignore-case" || name == "wildcard";
    if (!known) return refuse(cat("Unsupported anything-but pattern: ", name));
    Kind kind = name == "prefix" ? Kind::prefix : name == "suffix" ? Kind::suffix : name == "wildcard" ? Kind::wildcard : Kind::any_case;
    in_.next();
    if (in_.token() == Token::start_array && dialect_ == Dialect::event_bridge) {
      while (in_.next() != Token::end_array) {
        if (in_.token() != Token::text) return refuse(cat(wrong_inner(name, true), in_.location()));
        FB_TRY(inner(name, kind, out));
      }
      if (out.empty()) return refuse("Empty arrays are not allowed");
    } else if (in_.token() == Token::text) {
      FB_TRY(inner(name, kind, out));
    } else if (in_.token() == Token::start_object && dialect_ == Dialect::event_bridge) {
      return refuse("Value of anything-but must be an array or single string/number value.");
    } else {
      return refuse(wrong_inner(name, false));
    }
    if (in_.next() != Token::end_object) return too_many();
    return {};
  }

  Result<void> inner(std::string_view name, Kind kind, std::vector<Test>& out) {
    Test& t = out.emplace_back();
    t.kind = kind;
    t.text = in_.text();
    if (t.text.empty() && (name == "prefix" || name == "suffix")) return refuse("Null prefix/suffix not allowed");
    return kind == Kind::wildcard ? check_wildcard(t.text) : Result<void>();
  }

  std::string wrong_inner(std::string_view name, bool list) {
    if (name == "wildcard") return "wildcard match pattern must be a string";
    if (name == "equals-ignore-case") return cat("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
    return dialect_ == Dialect::sns && !list ? "prefix match pattern must be a string" : "prefix/suffix match pattern must be a string";
  }

  // --------------------------------------------------------------------------------------------------------------------- numeric

  Result<void> numeric(Test& out) {
    if (in_.next() != Token::start_array) return refuse("Value of numeric must be an array.");
    if (in_.next() != Token::text) return refuse(cat("Invalid member in numeric match: ", in_.text()));
    std::string op = in_.text();
    in_.next();
    if (op == "=") {
      if (!number()) return refuse("Value of equals must be numeric");
      out.kind = Kind::number;
      out.low = value();
      out.six_digits = six_digits();
      if (in_.next() != Token::end_array) return refuse("Too many elements in numeric expression");
    } else if (op == ">" || op == ">=") {
      FB_TRY(from(op, out));
    } else if (op == "<" || op == "<=") {
      if (!number()) return refuse(cat("Value of ", op, " must be numeric"));
      set_high(op, out);
      if (in_.next() != Token::end_array) return refuse("Too many elements in numeric expression");
    } else {
      return refuse(cat("Unrecognized numeric range operator: ", op));
    }
    if (in_.next() != Token::end_object) return too_many();
    return {};
  }

  void set_high(std::string_view op, Test& out) {
    out.kind = Kind::range;
    out.has_high = true;
    out.high_open = op == "<";
    out.high = value();
    out.six_digits = six_digits();
  }

  /// "> 3", perhaps with an upper bound behind it.
  Result<void> from(std::string_view op, Test& out) {
    if (!number()) return refuse(cat("Value of ", op, " must be numeric"));
    out.kind = Kind::range;
    out.has_low = true;
    out.low_open = op == ">";
    out.low = value();
    out.six_digits = six_digits();
    if (in_.next() == Token::end_array) return {};
    if (in_.token() != Token::text) return refuse(cat("Bad value in numeric range: ", in_.text()));
    std::string upper = in_.text();
    if (upper != "<" && upper != "<=") return refuse(cat("Bad numeric range operator: ", upper));
    in_.next();
    if (!number()) return refuse(cat("Value of ", upper, " must be numeric"));
    set_high(upper, out);
    if (in_.next() != Token::end_array) return refuse("Too many terms in numeric range expression");
    if (out.low >= out.high) return refuse("Bottom must be less than top");
    return {};
  }

  Cursor in_;
  Dialect dialect_;
  std::vector<std::string> path_;
  size_t keys_ = 0;
  bool nested_ = false;
};

Result<PatternPtr> compile(std::string_view text, Dialect dialect) { return Compiler(text, dialect).all(); }

std::string not_json(std::string_view text, const JsonFault& fault) {
  return cat(fault.message, "\n at [Source: (String)\"", text.substr(0, 500), "\"; line: ", fault.line, ", column: ", fault.column, "]");
}

}  // namespace fogbank::event_pattern
