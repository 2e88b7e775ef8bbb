#include "services/iam/passwords.h"

#include "base/strings.h"

namespace fogbank::iam {
namespace {

constexpr size_t kDefaultLength = 8, kDefaultKinds = 3;
constexpr std::string_view kSymbols = "!@#$%^&*()_+-=[]{}|'";

ApiError violation(std::string text) { return ApiError("PasswordPolicyViolation", std::move(text), 400); }

/// Characters as policies count them: the input is UTF-8 of Latin-1 characters.
size_t length_of(std::string_view password) {
  size_t n = 0;
  for (unsigned char c : password) n += (c & 0xC0) != 0x80;
  return n;
}

bool any(std::string_view password, bool (*of_kind)(char)) { return std::any_of(password.begin(), password.end(), of_kind); }

struct Missing {
  std::vector<std::string_view> texts;
  std::string joined() const {
    std::string out;
    for (std::string_view t : texts) append(out, out.empty() ? "" : ", ", t);
    return out;
  }
};

/// The requirements that the password does not meet, of those asked for, in AWS's order.
Missing missing(std::string_view password, bool uppercase, bool lowercase, bool numbers, bool symbols) {
  Missing out;
  if (uppercase && !any(password, [](char c) { return c >= 'A' && c <= 'Z'; })) out.texts.push_back("Password should have at least one uppercase letter");
  if (lowercase && !any(password, [](char c) { return c >= 'a' && c <= 'z'; })) out.texts.push_back("Password should have at least one lowercase letter");
  if (numbers && !any(password, [](char c) { return c >= '0' && c <= '9'; })) out.texts.push_back("Password should have at least one number");
  if (symbols && !any(password, [](char c) { return kSymbols.find(c) != std::string_view::npos; }))
    out.texts.push_back("Password should have at least one symbol");
  return out;
}

Result<void> check_length(std::string_view password, size_t least) {
  if (length_of(password) < least) return fail(violation(cat("Password should have a minimum length of ", least)));
  return {};
}

Result<void> check_default(std::string_view password, std::string_view account_name) {
  FB_TRY(check_length(password, kDefaultLength));
  Missing m = missing(password, true, true, true, true);
  size_t met = 4 - m.texts.size();
  if (met < kDefaultKinds) return fail(violation(cat("Password should meet ", kDefaultKinds - met, " more of the following requirements: ", m.joined())));
  if (!account_name.empty() && iequals(password, account_name)) return fail(violation("Password does not conform to the account password policy."));
  return {};
}

}  // namespace

Result<void> check_password(std::string_view password, const std::optional<PasswordPolicy>& policy, std::string_view account_name) {
  if (!policy) return check_default(password, account_name);
  FB_TRY(check_length(password, size_t(policy->minimum_length)));
  Missing m = missing(password, policy->uppercase, policy->lowercase, policy->numbers, policy->symbols);
  if (!m.texts.empty()) return fail(violation(m.joined()));
  return {};
}

ApiError password_reused() { return violation("Password does not conform to the account password policy."); }

}  // namespace fogbank::iam
