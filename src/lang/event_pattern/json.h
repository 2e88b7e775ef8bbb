// JSON as event patterns need it: a bounded parser into values, a compact writer, and a cursor over tokens that knows, at each of them, how
// far AWS's parser (Jackson) has read, because refusals of patterns name that place. Pure; values own their bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fogbank::event_pattern {

inline constexpr int kMaxDepth = 200;

struct Json {
  enum class Type : uint8_t { null, false_, true_, number, text, array, object };
  Type type = Type::null;
  std::string text;     ///< of a text; of a number: as it was written
  double number = 0;
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  static Json of_text(std::string_view s) { Json j; j.type = Type::text; j.text = s; return j; }
  /// Nothing if the text is no JSON number.
  static std::optional<Json> of_number(std::string_view s);
  bool object() const { return type == Type::object; }
  bool array() const { return type == Type::array; }
  /// Member of an object, or null. The last one of a name counts.
  const Json* get(std::string_view name) const;
};

/// Why a text is no JSON, in Jackson's words, and where.
struct JsonFault { std::string message; int line = 1, column = 1; };
/// The value, or nothing and the fault. Deeper than kMaxDepth is a fault.
std::optional<Json> parse_json(std::string_view text, JsonFault* fault = nullptr);
/// Without spaces, members in their order, numbers as they were written.
std::string write_json(const Json& value);

enum class Token : uint8_t { end, start_object, end_object, start_array, end_array, field, text, number, true_, false_, null };

/// Tokens of a text that parse_json accepts.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  Token next();
  Token token() const { return token_; }
  /// Text of the token: of a text or field unescaped, otherwise as written. Reading a text takes the parser behind its end.
  const std::string& text();
  /// Skips the rest of the object or array that just began.
  void skip_children();
  /// " at [Source: (String)"…"; line: 1, column: 22]", as far as the parser has read.
  std::string location() const;

 private:
  void skip_space();
  void read_value();
  size_t end_of_text(size_t at) const;

  std::string_view text_;
  size_t at_ = 0, seen_ = 0;        ///< behind the token; how far Jackson has read
  Token token_ = Token::end;
  std::optional<Token> ahead_;      ///< the value behind a field, already looked at
  std::string current_, ahead_text_;
  std::vector<bool> objects_;       ///< of the nesting: object or array
};

}  // namespace fogbank::event_pattern
