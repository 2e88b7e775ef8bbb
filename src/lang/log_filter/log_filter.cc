#include "lang/log_filter/log_filter.h"

#include "base/strings.h"
#include "lang/log_filter/matcher.h"

namespace fogbank::log_filter {

tl::expected<Pattern, std::string> Pattern::compile(std::string_view text) {
  if (text.size() > kMaxPattern) return fault("The filter pattern is too long");
  text = trim(text);
  Pattern out;
  if (text.empty()) return out;
  Compiled compiled = text.front() == '{' ? compile_json(text) : text.front() == '[' ? compile_fields(text) : compile_terms(text);
  if (!compiled) return fault(std::move(compiled.error()));
  out.matcher_ = std::move(*compiled);
  return out;
}

bool Pattern::matches(std::string_view message) const { return !matcher_ || matcher_->matches(message, nullptr); }
bool Pattern::matches(std::string_view message, Values& extracted) const { return !matcher_ || matcher_->matches(message, &extracted); }

}  // namespace fogbank::log_filter
