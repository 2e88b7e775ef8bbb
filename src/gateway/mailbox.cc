#include "gateway/mailbox.h"

#include <algorithm>

#include "base/strings.h"

namespace fogbank {
namespace {

store::Key mail_key(uint64_t id) { return store::key(Scope{}.whole_partition(), kMails, id); }

bool fits(const Mail& mail, const MailFilter& f) {
  if (!f.to.empty() && std::none_of(mail.to.begin(), mail.to.end(), [&](const std::string& a) { return iequals(a, f.to); })) return false;
  return f.subject.empty() || mail.subject.find(f.subject) != std::string::npos;
}

}  // namespace

uint64_t deliver_mail(store::Txn& tx, Mail mail) {
  mail.id = tx.next(Scope{}.whole_partition(), "core.mail");
  tx.put_record(mail_key(mail.id), mail);
  if (mail.id > Mail::kKept) tx.erase(mail_key(mail.id - Mail::kKept));
  return mail.id;
}

void each_mail(store::Reader& reader, const MailFilter& filter, const std::function<bool(const Mail&)>& visit) {
  store::Key from = mail_key(filter.after + 1), to = store::key(Scope{}.whole_partition(), kMails).after_prefix();
  reader.scan(from, to, store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    auto mail = decode<Mail>(bytes);
    return !mail || !fits(*mail, filter) || visit(*mail);
  });
}

std::optional<Mail> find_mail(store::Reader& reader, uint64_t id) { return reader.get_as<Mail>(mail_key(id)); }

}  // namespace fogbank
