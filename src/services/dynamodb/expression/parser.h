// The recursive-descent parser that the expressions share. Internal to this folder; see parse.h.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "services/dynamodb/expression/parse.h"

namespace fogbank::dynamodb {

struct Token {
  enum class Kind : uint8_t { end, word, name, value, number, symbol, bad };
  Kind kind = Kind::end;
  std::string_view text;
};

inline constexpr size_t kMaxExpression = 4096;
inline constexpr int kMaxOperators = 300;
inline constexpr int kMaxPathDepth = 32;
inline constexpr int kMaxParentheses = 150;

class Parser {
 public:
  Parser(Kind kind, std::string_view text, Substitutions& with) : kind_(kind), text_(text), with_(with) {}

  Result<Tree> condition();
  Result<Update> update();
  Result<std::vector<Path>> projection();

 private:
  // A failed parse sets syntax_ and every function returns at once; the first other fault is kept until the text is known to parse.
  Result<void> begin();
  Result<void> finish();
  void tokenize();
  const Token& peek() const { return tokens_[at_]; }
  bool at_symbol(std::string_view s) const { return peek().kind == Token::Kind::symbol && peek().text == s; }
  bool at_word(std::string_view s) const { return peek().kind == Token::Kind::word && iequals(peek().text, s); }
  bool take_symbol(std::string_view s) { return at_symbol(s) && ++at_; }
  bool take_word(std::string_view s) { return at_word(s) && ++at_; }
  void syntax_error();
  bool expect_symbol(std::string_view s);
  bool failed() const { return syntax_.has_value(); }
  void fault(std::string text);
  std::string prefix() const { return cat("Invalid ", kind_name(kind_), ": "); }

  std::optional<uint32_t> either();           ///< OR
  std::optional<uint32_t> both();             ///< AND
  std::optional<uint32_t> negation();         ///< NOT
  std::optional<uint32_t> comparison();
  std::optional<uint32_t> between(uint32_t first);
  std::optional<uint32_t> in_list(uint32_t first);
  std::optional<uint32_t> primary();
  std::optional<uint32_t> function();
  std::optional<uint32_t> operand();          ///< of a condition
  std::optional<uint32_t> set_value();        ///< of SET: operand [+|- operand]
  std::optional<uint32_t> set_operand();
  bool need_condition(uint32_t node);
  bool need_operand(uint32_t node);
  std::optional<Path> path();
  bool path_step(Path& path);
  void section(Update& out, Update::Verb verb);

  uint32_t add(Node n) { nodes_.push_back(std::move(n)); return uint32_t(nodes_.size() - 1); }
  uint32_t combine(Op op, std::vector<uint32_t> operands);
  void check_function(Op op, const Node& n);
  void check_comparison(const Node& n);
  void check_between(const Node& n);
  void check_distinct(const Node& n);
  void wrong_type(Op op, Type t);

  Kind kind_;
  std::string_view text_;
  Substitutions& with_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0, operators_ = 0;
  std::vector<Node> nodes_;
  std::optional<ApiError> syntax_, fault_;
};

}  // namespace fogbank::dynamodb
