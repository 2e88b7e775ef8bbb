#include "auth/policy/pattern.h"

#include "base/strings.h"

namespace fogbank::policy {
namespace {

constexpr char kStar = char(0xFF), kOne = char(0xFE), kVariable = char(0xFD);

bool is_marker(char c) { return static_cast<unsigned char>(c) >= 0xFD; }
char fold(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

/// Where the next character begins: '?' stands for a character, not for a byte of one.
size_t next_character(std::string_view s, size_t i) {
  for (i++; i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0) == 0x80; i++) {}
  return i;
}

/// Cuts the next of at most six ARN segments off; the last keeps its colons.
std::string_view cut_segment(std::string_view& rest, int index) {
  size_t end = index == 5 ? std::string_view::npos : rest.find(':');
  std::string_view segment = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return segment;
}

}  // namespace

void Scratch::append(std::string_view s) {
  if (more_.empty() && size_ + s.size() <= sizeof fixed_) {
    s.copy(fixed_ + size_, s.size());
    size_ += s.size();
    return;
  }
  if (more_.empty()) more_.assign(fixed_, size_);
  more_.append(s);
}

bool match_marked(std::string_view p, std::string_view t) {
  // A pattern that demands more bytes than there are cannot match; without this a long hostile pattern would cost its length times the text's.
  if (p.size() > t.size() && p.size() - size_t(std::count(p.begin(), p.end(), kStar)) > t.size()) return false;
  size_t pi = 0, ti = 0, after_star = std::string_view::npos, mark = 0;
  while (ti < t.size()) {
    if (pi < p.size() && p[pi] == kStar) {
      after_star = ++pi;
      mark = ti;
      if (pi == p.size()) return true;
    } else if (pi < p.size() && p[pi] == kOne) {
      pi++;
      ti = next_character(t, ti);
    } else if (pi < p.size() && p[pi] == t[ti]) {
      pi++;
      ti++;
    } else if (after_star != std::string_view::npos) {
      pi = after_star;
      ti = ++mark;
    } else {
      return false;
    }
  }
  while (pi < p.size() && p[pi] == kStar) pi++;
  return pi == p.size();
}

Pattern::Pattern(std::string_view text, Syntax syntax) {
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (syntax.variables && c == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      size_t end = text.find('}', i);
      if (end != std::string_view::npos) {
        parse_variable(text.substr(i + 2, end - i - 2));
        i = end;
        continue;
      }
    }
    if (syntax.wildcards && c == '*') {
      if (text_.empty() || text_.back() != kStar) text_ += kStar;
      wild_ = true;
    } else if (syntax.wildcards && c == '?') {
      text_ += kOne;
      wild_ = true;
    } else {
      text_ += syntax.lower ? fold(c) : c;
    }
  }
  text_.shrink_to_fit();
  classify();
}

/// "${*}", "${?}" and "${$}" are the characters themselves; "${key, 'default'}" has a default.
void Pattern::parse_variable(std::string_view inside) {
  if (inside == "*" || inside == "?" || inside == "$") {
    text_ += inside;
    return;
  }
  Variable v;
  size_t comma = inside.find(',');
  v.key = lower(trim(inside.substr(0, comma)));
  if (comma != std::string_view::npos) {
    std::string_view fallback = trim(inside.substr(comma + 1));
    if (fallback.size() >= 2 && (fallback[0] == '\'' || fallback[0] == '"') && fallback.back() == fallback[0])
      v.fallback = std::string(fallback.substr(1, fallback.size() - 2));
  }
  text_ += kVariable;
  variables_.push_back(std::move(v));
}

void Pattern::classify() {
  auto first = std::find_if(text_.begin(), text_.end(), is_marker);
  head_ = uint32_t(first - text_.begin());
  if (first == text_.end()) return;
  auto last = std::find_if(text_.rbegin(), text_.rend(), is_marker);
  tail_ = uint32_t(last - text_.rbegin());
  bool one_star = head_ + tail_ + 1 == text_.size() && *first == kStar;
  kind_ = !one_star ? Kind::glob : text_.size() == 1 ? Kind::any : Kind::ends;
}

bool Pattern::expand(const Request* request, Scratch& out) const {
  size_t at = 0;
  for (const Variable& v : variables_) {
    size_t marker = text_.find(kVariable, at);
    out.append(std::string_view(text_).substr(at, marker - at));
    at = marker + 1;
    Values values;
    if (request && request->find(v.key, values) && values.size() == 1) out.append(values[0]);
    else if (v.fallback && values.empty()) out.append(*v.fallback);
    else return false;
  }
  out.append(std::string_view(text_).substr(at));
  return true;
}

bool Pattern::matches(std::string_view t, const Request* request) const {
  if (kind_ == Kind::any) return true;
  if (kind_ == Kind::exact) return text_ == t;
  std::string_view p = text_;
  if (variables_.empty()) {
    if (t.size() < head_ + tail_ || t.compare(0, head_, p, 0, head_) != 0 || t.substr(t.size() - tail_) != p.substr(p.size() - tail_)) return false;
    if (kind_ == Kind::ends) return true;
    return match_marked(p.substr(head_, p.size() - head_ - tail_), t.substr(head_, t.size() - head_ - tail_));
  }
  if (t.compare(0, head_, p, 0, head_) != 0) return false;
  Scratch expanded;
  return expand(request, expanded) && match_marked(expanded.view(), t);
}

bool Pattern::equals_ignoring_case(std::string_view t, const Request* request) const {
  if (variables_.empty()) return iequals(text_, t);
  Scratch expanded;
  return expand(request, expanded) && iequals(expanded.view(), t);
}

bool Pattern::matches_arn(std::string_view t, const Request* request) const {
  if (kind_ == Kind::any) return true;
  Scratch expanded;
  std::string_view p = text_;
  if (!variables_.empty()) {
    if (!expand(request, expanded)) return false;
    p = expanded.view();
  }
  for (int i = 0; i < 6; i++) {
    bool last_of_pattern = i == 5 || p.find(':') == std::string_view::npos;
    if (i < 5 && t.find(':') == std::string_view::npos) return false;  // not an ARN
    std::string_view value = cut_segment(t, i);
    if (!match_marked(cut_segment(p, i), value)) return false;
    if (last_of_pattern) return true;
  }
  return true;
}

}  // namespace fogbank::policy
