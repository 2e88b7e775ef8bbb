#include "services/sns/envelope.h"

#include <stdexcept>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"
#include "gateway/late_text.h"
#include "lang/event_pattern/json.h"

namespace fogbank::sns {
namespace {

constexpr std::string_view kSignature = "Signature", kCertificate = "SigningCertURL";

/// A member on a line of its own, as AWS lays the envelope out.
void line(std::string& out, std::string_view name, std::string_view value) {
  append(out, out.size() > 2 ? ",\n  \"" : "  \"", name, "\" : ", json_quote(value));
}

std::string shown_value(const MessageAttribute& a) { return a.binary() ? base64(a.value) : a.value; }

constexpr std::string_view kFooter =
    "\n\nPlease do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support\n";

}  // namespace

std::string subscribe_url(const Notification& n) {
  if (n.token.empty()) return {};
  return cat(n.endpoint, "/?Action=ConfirmSubscription&TopicArn=", n.topic_arn, "&Token=", n.token);
}

std::string unsubscribe_url(const Notification& n, std::string_view subscription_arn) {
  return cat(n.endpoint, "/?Action=Unsubscribe&SubscriptionArn=", subscription_arn);
}

Result<const Envelopes::Signed*> Envelopes::sign(std::string_view text) {
  for (const Signed& s : signed_) if (s.text == text) return &s;
  FB_ASSIGN(signature, signing_.sign(n_, text, subscribe_url(n_)));
  FB_ASSIGN(path, signing_.certificate_path());
  signed_.reserve(8);
  signed_.push_back({std::string(text), std::move(signature), cat(n_.endpoint, path)});
  return &signed_.back();
}

Result<std::string> Envelopes::json(const std::string& protocol, std::string_view subscription_arn) {
  if (!n_.sequence.empty()) return lay_out(protocol, subscription_arn, nullptr);
  FB_ASSIGN(proof, sign(n_.text_for(protocol)));
  return lay_out(protocol, subscription_arn, proof);
}

std::string Envelopes::late_json(const std::string& protocol, std::string_view subscription_arn) {
  if (!n_.sequence.empty()) return lay_out(protocol, subscription_arn, nullptr);
  Signed later;
  later.signature.assign(Signing::kSignatureSize, '-');
  later.certificate_url = cat(n_.endpoint, std::string(Signing::kPathSize, '-'));
  return make_late_text(kLateEnvelope, lay_out(protocol, subscription_arn, &later));
}

std::string Envelopes::lay_out(const std::string& protocol, std::string_view subscription_arn, const Signed* proof) const {
  const std::string& text = n_.text_for(protocol);
  bool notification = n_.type == "Notification";
  std::string out = "{\n";
  line(out, "Type", n_.type);
  line(out, "MessageId", n_.id);
  if (!n_.sequence.empty()) line(out, "SequenceNumber", n_.sequence);
  if (!notification) line(out, "Token", n_.token);
  line(out, "TopicArn", n_.topic_arn);
  if (n_.has_subject) line(out, "Subject", n_.subject);
  line(out, "Message", text);
  if (!notification) line(out, "SubscribeURL", subscribe_url(n_));
  line(out, "Timestamp", iso8601(n_.time, true));
  if (proof) {
    line(out, "SignatureVersion", n_.signature_version);
    line(out, kSignature, proof->signature);
    line(out, kCertificate, proof->certificate_url);
  }
  if (notification) line(out, "UnsubscribeURL", unsubscribe_url(n_, subscription_arn));
  if (!n_.attributes.empty()) {
    out += ",\n  \"MessageAttributes\" : {";
    bool first = true;
    for (const auto& [name, a] : n_.attributes) {
      append(out, first ? "\n    " : ",\n    ", json_quote(name), " : {\"Type\":", json_quote(a.type), ",\"Value\":", json_quote(shown_value(a)), '}');
      first = false;
    }
    out += "\n  }";
  }
  out += "\n}";
  return out;
}

std::string finish_envelope(Signing& signing, std::string_view text) {
  auto json = event_pattern::parse_json(text);
  if (!json) throw std::runtime_error("an envelope is damaged");
  auto value = [&](std::string_view name) {
    const event_pattern::Json* v = json->get(name);
    return v ? v->text : std::string();
  };
  Notification n;
  n.type = value("Type");
  n.id = value("MessageId");
  n.topic_arn = value("TopicArn");
  n.has_subject = json->get("Subject");
  n.subject = value("Subject");
  n.time = parse_iso8601(value("Timestamp")).value_or(0);
  n.token = value("Token");
  n.signature_version = value("SignatureVersion");
  auto signature = signing.sign(n, value("Message"), value("SubscribeURL"));
  auto path = signing.certificate_path();
  if (!signature || !path) throw std::runtime_error("an envelope cannot be signed");
  std::string out(text);
  // Within a value a line feed is escaped: these are the members themselves.
  auto put = [&](std::string_view name, std::string_view what, bool at_end) {
    size_t begin = out.find(cat("\n  \"", name, "\" : \""));
    if (begin == std::string::npos) throw std::runtime_error("an envelope is damaged");
    begin += name.size() + 9;
    size_t end = out.find('"', begin);
    out.replace(at_end ? end - what.size() : begin, what.size(), what);
  };
  put(kSignature, *signature, false);
  put(kCertificate, *path, true);
  return out;
}

Result<std::string> Envelopes::event(std::string_view subscription_arn) {
  const std::string& text = n_.text_for("lambda");
  JsonText j;
  j.open().key("Records").open_list().open().member("EventSource", "aws:sns").member("EventVersion", "1.0").member("EventSubscriptionArn", subscription_arn);
  j.key("Sns").open().member("Type", n_.type).member("MessageId", n_.id).member("TopicArn", n_.topic_arn).key("Subject");
  if (n_.has_subject) j.text(n_.subject);
  else j.null();
  j.member("Message", text).member("Timestamp", iso8601(n_.time, true));
  FB_ASSIGN(proof, sign(text));
  j.member("SignatureVersion", n_.signature_version).member("Signature", proof->signature).member("SigningCertUrl", proof->certificate_url);
  if (n_.token.empty()) j.member("UnsubscribeUrl", unsubscribe_url(n_, subscription_arn));
  else j.member("Token", n_.token).member("SubscribeUrl", subscribe_url(n_));
  j.key("MessageAttributes").open();
  for (const auto& [name, a] : n_.attributes) j.key(name).open().member("Type", a.type).member("Value", shown_value(a)).close();
  return j.close().close().close().close_list().close().str();
}

MailText notification_mail(const Notification& n, std::string_view subscription_arn, std::string_view address) {
  MailText m;
  m.subject = n.has_subject ? n.subject : "AWS Notification Message";
  m.body = cat(n.text_for("email"), "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n",
               unsubscribe_url(n, subscription_arn), "&Endpoint=", percent_encode(address), kFooter);
  return m;
}

MailText confirmation_mail(const Notification& n) {
  MailText m;
  m.subject = "AWS Notification - Subscription Confirmation";
  m.body = cat("You have chosen to subscribe to the topic: \n", n.topic_arn,
               "\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary): \n", subscribe_url(n), kFooter);
  return m;
}

}  // namespace fogbank::sns
