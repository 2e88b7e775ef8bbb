#include "services/secretsmanager/filters.h"

#include <algorithm>

#include "base/strings.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool separates(char c) { return std::string_view(" /_+=.@-!:").find(c) != std::string_view::npos; }

/// A word begins at a capital after a small letter, and at the last capital of several before a small letter: App|Beta, COMPAN|Ythings.
bool begins_word(std::string_view text, size_t i) {
  if (i == 0 || !is_upper(text[i])) return false;
  return is_lower(text[i - 1]) || (is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]));
}

/// Each word of the value begins a word of the text.
bool words_match(std::string_view text, std::string_view value) {
  std::vector<std::string_view> wanted = words_of(value), there = words_of(text);
  if (wanted.empty()) return false;
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view w) {
    return std::any_of(there.begin(), there.end(), [&](std::string_view t) { return starts_with_i(t, w); });
  });
}

bool attribute_matches(const StoredSecret& s, std::string_view key, std::string_view value) {
  auto any_tag = [&](auto test) { return std::any_of(s.tags.begin(), s.tags.end(), test); };
  if (key == "name") return std::string_view(s.name).starts_with(value);
  if (key == "description") return words_match(s.description, value);
  if (key == "tag-key") return any_tag([&](const auto& t) { return std::string_view(t.first).starts_with(value); });
  if (key == "tag-value") return any_tag([&](const auto& t) { return std::string_view(t.second).starts_with(value); });
  if (key == "all")
    return words_match(s.name, value) || words_match(s.description, value) ||
           any_tag([&](const auto& t) { return words_match(t.first, value) || words_match(t.second, value); });
  return false;   // primary-region, owning-service: of replicas and of secrets that services manage
}

bool value_matches(const StoredSecret& s, std::string_view key, std::string_view value) {
  if (value.starts_with('!')) return !attribute_matches(s, key, value.substr(1));
  return attribute_matches(s, key, value);
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  auto end_word = [&](size_t end) { if (end > begin) out.push_back(text.substr(begin, end - begin)); };
  for (size_t i = 0; i < text.size(); i++) {
    if (separates(text[i])) {
      end_word(i);
      begin = i + 1;
    } else if (begins_word(text, i)) {
      end_word(i);
      begin = i;
    }
  }
  end_word(text.size());
  return out;
}

Result<void> check_filters(const List<svc::Filter>& filters) {
  for (const svc::Filter& f : filters) {
    if (!f.Key) return fail(invalid_parameter("Invalid filter key"));
    if (f.Values.empty()) return fail(invalid_parameter(cat("Invalid filter values for key: ", f.Key)));
  }
  return {};
}

bool matches(const StoredSecret& secret, const List<svc::Filter>& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const svc::Filter& f) {
    return std::any_of(f.Values.begin(), f.Values.end(), [&](const Str& v) { return value_matches(secret, f.Key, v); });
  });
}

}  // namespace fogbank::secretsmanager
