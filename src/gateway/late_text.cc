#include "gateway/late_text.h"

#include <stdexcept>

#include "base/strings.h"

namespace fogbank {
namespace {

struct Parts { std::string_view kind, text; };

Parts parts_of(std::string_view late) {
  late.remove_prefix(1);
  size_t end = late.find('\0');
  if (end == std::string_view::npos) throw std::runtime_error("a late text is damaged");
  return {late.substr(0, end), late.substr(end + 1)};
}

}  // namespace

std::string make_late_text(std::string_view kind, std::string_view text) { return cat('\0', kind, '\0', text); }

size_t late_text_size(std::string_view late) { return parts_of(late).text.size(); }

void LateTexts::serve(std::string kind, Finish finish) {
  kinds_.with([&](auto& kinds) { kinds[std::move(kind)] = std::move(finish); });
}

std::string LateTexts::finish(std::string text) {
  if (!is_late_text(text)) return text;
  Parts p = parts_of(text);
  Finish finish = kinds_.with([&](const auto& kinds) {
    auto it = kinds.find(p.kind);
    return it == kinds.end() ? Finish() : it->second;
  });
  if (!finish) throw std::runtime_error(cat("nobody finishes late texts of kind ", p.kind));
  return finish(p.text);
}

}  // namespace fogbank
