// What all expressions share: tokens, document paths, faults. Texts are DynamoDB's.
#include "services/dynamodb/expression/parser.h"

#include <algorithm>

namespace fogbank::dynamodb {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool word_char(char c) { return letter(c) || digit(c) || c == '_'; }
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool placeholder(std::string_view s, char mark) {
  return s.size() >= 2 && s[0] == mark && std::all_of(s.begin() + 1, s.end(), word_char);
}

ApiError refuse(std::string text) { return ApiError("ValidationException", std::move(text)); }

template <class Entries> std::string unused(const Entries& entries) {
  std::string keys;
  for (const auto& e : entries)
    if (!e.used) append(keys, keys.empty() ? "" : ", ", e.placeholder);
  return keys;
}

}  // namespace

bool valid_name_placeholder(std::string_view s) { return placeholder(s, '#'); }
bool valid_value_placeholder(std::string_view s) { return placeholder(s, ':'); }

const char* kind_name(Kind k) {
  constexpr const char* kNames[] = {"ConditionExpression", "FilterExpression", "KeyConditionExpression", "UpdateExpression", "ProjectionExpression"};
  return kNames[size_t(k)];
}

const char* op_name(Op op) {
  constexpr const char* kNames[] = {"", "", "size", "+", "-", "list_append", "if_not_exists", "=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "AND",
                                    "OR", "NOT", "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"};
  return kNames[size_t(op)];
}

std::string shown(const Path& path) {
  std::string out = "[";
  for (const Step& s : path) {
    if (out.size() > 1) out += ", ";
    if (s.is_index()) append(out, '[', s.index, ']');
    else append(out, s.name);
  }
  return out + ']';
}

const std::string_view* Substitutions::name(std::string_view placeholder) {
  for (auto& e : names_)
    if (e.placeholder == placeholder) {
      e.used = true;
      return &e.attribute;
    }
  return nullptr;
}

Value Substitutions::value(std::string_view placeholder) {
  for (auto& e : values_)
    if (e.placeholder == placeholder) {
      e.used = true;
      return e.value;
    }
  return {};
}

Result<void> Substitutions::check_used() const {
  if (std::string keys = unused(names_); !keys.empty())
    return fail(refuse(cat("Value provided in ExpressionAttributeNames unused in expressions: keys: {", keys, "}")));
  if (std::string keys = unused(values_); !keys.empty())
    return fail(refuse(cat("Value provided in ExpressionAttributeValues unused in expressions: keys: {", keys, "}")));
  return {};
}

Result<void> check_overlaps(Kind kind, const std::vector<const Path*>& paths) {
  for (size_t i = 0; i < paths.size(); i++) {
    for (size_t j = i + 1; j < paths.size(); j++) {
      const Path &a = *paths[i], &b = *paths[j];
      size_t n = std::min(a.size(), b.size()), k = 0;
      while (k < n && a[k] == b[k]) k++;
      bool overlap = k == n, conflict = !overlap && a[k].is_index() != b[k].is_index();
      if (!overlap && !conflict) continue;
      return fail(refuse(cat("Invalid ", kind_name(kind), ": Two document paths ", overlap ? "overlap" : "conflict",
                             " with each other; must remove or rewrite one of these paths; path one: ", shown(a), ", path two: ", shown(b))));
    }
  }
  return {};
}

void Parser::tokenize() {
  size_t i = 0;
  auto take = [&](Token::Kind kind, size_t n) {
    tokens_.push_back({kind, text_.substr(i, n)});
    i += n;
  };
  auto run = [&](size_t from) {
    size_t n = from;
    while (i + n < text_.size() && word_char(text_[i + n])) n++;
    return n;
  };
  while (i < text_.size()) {
    char c = text_[i];
    if (space(c)) i++;
    else if (letter(c)) take(Token::Kind::word, run(1));
    else if (digit(c)) {
      size_t n = 1;
      while (i + n < text_.size() && digit(text_[i + n])) n++;
      take(Token::Kind::number, n);
    } else if ((c == '#' || c == ':') && run(1) > 1) take(c == '#' ? Token::Kind::name : Token::Kind::value, run(1));
    else if (text_.substr(i, 2) == "<>" || text_.substr(i, 2) == "<=" || text_.substr(i, 2) == ">=") take(Token::Kind::symbol, 2);
    else if (std::string_view("=<>()[],.+-").find(c) != std::string_view::npos) take(Token::Kind::symbol, 1);
    else take(Token::Kind::bad, 1);
  }
  tokens_.push_back({Token::Kind::end, text_.substr(text_.size())});
}

Result<void> Parser::begin() {
  if (text_.size() > kMaxExpression)
    return fail(refuse(cat(prefix(), "Expression size has exceeded the maximum allowed size;", kind_ == Kind::update ? std::string() : cat(" expression size: ", text_.size()))));
  tokenize();
  if (tokens_.size() == 1) return fail(refuse(cat(prefix(), "The expression can not be empty;")));
  return {};
}

Result<void> Parser::finish() {
  if (!failed() && peek().kind != Token::Kind::end) syntax_error();
  if (syntax_) return fail(std::move(*syntax_));
  if (fault_) return fail(std::move(*fault_));
  return {};
}

void Parser::syntax_error() {
  if (syntax_) return;
  const Token& t = peek();
  const Token& before = at_ > 0 ? tokens_[at_ - 1] : t;
  const Token& after = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : t;
  std::string_view near(before.text.data(), size_t(after.text.data() + after.text.size() - before.text.data()));
  syntax_ = refuse(cat(prefix(), "Syntax error; token: \"", t.kind == Token::Kind::end ? "<EOF>" : t.text, "\", near: \"", trim(near), '"'));
}

bool Parser::expect_symbol(std::string_view s) {
  if (take_symbol(s)) return true;
  syntax_error();
  return false;
}

void Parser::fault(std::string text) {
  if (!fault_) fault_ = refuse(cat(prefix(), text));
}

std::optional<Path> Parser::path() {
  Path out;
  if (!path_step(out)) return std::nullopt;
  for (;;) {
    if (take_symbol(".")) {
      if (!path_step(out)) return std::nullopt;
    } else if (take_symbol("[")) {
      if (peek().kind != Token::Kind::number) {
        syntax_error();
        return std::nullopt;
      }
      auto index = parse_int(peek().text);
      if (!index || *index > INT32_MAX) {
        fault(cat("List index is not within the allowable range; index: [", peek().text, ']'));
        index = 0;
      }
      at_++;
      out.push_back({{}, *index});
      if (!expect_symbol("]")) return std::nullopt;
    } else {
      break;
    }
  }
  if (out.size() > kMaxPathDepth) fault(cat("The document path has too many nesting elements; nesting levels: ", out.size()));
  return out;
}

bool Parser::path_step(Path& out) {
  const Token& t = peek();
  if (t.kind == Token::Kind::name) {
    at_++;
    const std::string_view* name = with_.name(t.text);
    if (!name) fault(cat("An expression attribute name used in the document path is not defined; attribute name: ", t.text));
    out.push_back({name ? *name : t.text});
    return true;
  }
  if (t.kind != Token::Kind::word) {
    syntax_error();
    return false;
  }
  at_++;
  if (is_reserved_word(t.text)) fault(cat("Attribute name is a reserved keyword; reserved keyword: ", t.text));
  out.push_back({t.text});
  return true;
}

void Parser::wrong_type(Op op, Type t) {
  fault(cat("Incorrect operand type for operator or function; operator or function: ", op_name(op), ", operand type: ", type_name(t)));
}

uint32_t Parser::combine(Op op, std::vector<uint32_t> operands) {
  if (++operators_ == kMaxOperators + 1) fault("The expression contains too many operators; operator count: 301");
  Node n;
  n.op = op;
  n.operands = std::move(operands);
  return add(std::move(n));
}

Result<std::vector<Path>> Parser::projection() {
  FB_TRY(begin());
  std::vector<Path> out;
  do {
    auto p = path();
    if (!p) break;
    out.push_back(std::move(*p));
  } while (take_symbol(","));
  FB_TRY(finish());
  std::vector<const Path*> all;
  for (const Path& p : out) all.push_back(&p);
  FB_TRY(check_overlaps(kind_, all));
  return out;
}

Result<Tree> parse_condition(Kind kind, std::string_view text, Substitutions& with) { return Parser(kind, text, with).condition(); }
Result<Update> parse_update(std::string_view text, Substitutions& with) { return Parser(Kind::update, text, with).update(); }
Result<std::vector<Path>> parse_projection(std::string_view text, Substitutions& with) { return Parser(Kind::projection, text, with).projection(); }

}  // namespace fogbank::dynamodb
