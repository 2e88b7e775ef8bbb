// The mailbox: where e-mail goes that services send (SNS to its e-mail subscribers, SES). Nothing leaves the machine; `fogbank mail` and
// /_fogbank/mail show it. Services write to it within their own transaction, so a mail is there exactly if its cause was committed. One
// mailbox per data directory; its newest kKept mails are kept. Pure functions over a transaction or reader; any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "store/store.h"

namespace fogbank {

inline constexpr store::Table kMails{"core", "mail"};

struct Mail {
  static constexpr uint64_t kKept = 10'000;
  uint64_t id = 0;                       ///< 1, 2, 3 …; given by deliver_mail
  Millis time = 0;
  std::string account, region, service;  ///< who sent it
  std::string from, subject, body;
  std::vector<std::string> to;
  std::string source;                    ///< ARN of what it is about
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, time); a(3, account); a(4, region); a(5, service); a(6, from); a(7, subject); a(8, body); a(9, to); a(10, source); a(unknown);
  }
};

/// Puts it into the mailbox and returns its id.
uint64_t deliver_mail(store::Txn& tx, Mail mail);

struct MailFilter {
  uint64_t after = 0;                    ///< with a larger id
  std::string to, subject;               ///< address, without regard to case; part of the subject
};
/// Oldest first, until `visit` returns false.
void each_mail(store::Reader& reader, const MailFilter& filter, const std::function<bool(const Mail&)>& visit);
std::optional<Mail> find_mail(store::Reader& reader, uint64_t id);

}  // namespace fogbank
