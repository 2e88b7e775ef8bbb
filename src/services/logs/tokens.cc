#include "services/logs/tokens.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/logs/errors.h"

namespace fogbank::logs {

std::string write_token(char list, std::string_view place) { return base64(cat(list, place)); }

Result<std::string> read_token(char list, Str token) {
  auto text = unbase64(token);
  if (!text || text->size() < 2 || text->front() != list) return fail(invalid_token());
  return text->substr(1);
}

}  // namespace fogbank::logs
