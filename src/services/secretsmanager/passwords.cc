#include "services/secretsmanager/passwords.h"

#include <utility>
#include <vector>

#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

constexpr int64_t kDefaultLength = 32;
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz", kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kNumbers = "0123456789",
                           kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", kSpace = " ";

std::string without(std::string_view alphabet, std::string_view excluded) {
  std::string out;
  for (char c : alphabet) if (excluded.find(c) == std::string_view::npos) out += c;
  return out;
}

}  // namespace

Result<std::string> random_password(Random& random, const svc::GetRandomPasswordRequest& rules) {
  std::vector<std::string> types;
  std::string all;
  auto include = [&](bool wanted, std::string_view alphabet) {
    std::string left = wanted ? without(alphabet, rules.ExcludeCharacters) : std::string();
    if (left.empty()) return;
    all += left;
    types.push_back(std::move(left));
  };
  include(!rules.ExcludeLowercase.value_or(false), kLower);
  include(!rules.ExcludeUppercase.value_or(false), kUpper);
  include(!rules.ExcludeNumbers.value_or(false), kNumbers);
  include(!rules.ExcludePunctuation.value_or(false), kPunctuation);
  include(rules.IncludeSpace.value_or(false), kSpace);
  if (types.empty()) return fail(invalid_parameter("No characters are left to make a password of."));
  size_t length = size_t(rules.PasswordLength.value_or(kDefaultLength));
  std::string out;
  if (rules.RequireEachIncludedType.value_or(true)) {
    if (length < types.size()) return fail(invalid_parameter("Password length is too short based on the required types."));
    for (const std::string& type : types) out += random.from(type, 1);
  }
  out += random.from(all, length - out.size());
  for (size_t i = out.size(); i > 1; i--) std::swap(out[i - 1], out[random.below(i)]);
  return out;
}

}  // namespace fogbank::secretsmanager
