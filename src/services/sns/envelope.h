// The texts that subscribers receive: the JSON envelope of queues and HTTP endpoints, the event of functions, mails. Source: developer guide,
// "Parsing Amazon SNS message formats"; recorded messages.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/sns/message.h"
#include "services/sns/signing.h"

namespace fogbank::sns {

/// A message on its way to one protocol's subscribers, signed once however many they are. Belongs to one call or task.
class Envelopes {
 public:
  Envelopes(Signing& signing, const Notification& n) : signing_(signing), n_(n) {}
  /// For queues, HTTP endpoints and email-json.
  Result<std::string> json(const std::string& protocol, std::string_view subscription_arn);
  /// {"Records":[…]} for functions.
  Result<std::string> event(std::string_view subscription_arn);

 private:
  struct Signed { std::string text, signature, certificate_url; };
  Result<const Signed*> sign(std::string_view text);

  Signing& signing_;
  const Notification& n_;
  std::vector<Signed> signed_;   ///< one per text
};

std::string subscribe_url(const Notification& n);
std::string unsubscribe_url(const Notification& n, std::string_view subscription_arn);

struct MailText { std::string subject, body; };
MailText notification_mail(const Notification& n, std::string_view subscription_arn, std::string_view address);
MailText confirmation_mail(const Notification& n);

}  // namespace fogbank::sns
