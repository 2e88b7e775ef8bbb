#include "http/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "base/encoding.h"
#include "base/free_with.h"
#include "base/random.h"
#include "base/strings.h"

namespace fogbank::http {

namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

tl::unexpected<ApiError> failure(std::string_view what) {
  char text[256] = "no reason given";
  if (auto e = ERR_get_error()) ERR_error_string_n(e, text, sizeof text);
  ERR_clear_error();
  return fail("CertificateFailed", cat(what, ": ", text), 500);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  long n = BIO_get_mem_data(bio, &data);
  return {data, size_t(n)};
}

std::string pem_of(X509* c) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), c);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* k) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), k, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

Certificate read_certificate(std::string_view pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool add_extension(X509* c, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, c, nullptr, nullptr, 0);
  X509_EXTENSION* e = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  bool ok = e && X509_add_ext(c, e, -1) == 1;
  X509_EXTENSION_free(e);
  return ok;
}

// A certificate with a random serial number and its name, key and dates set; not yet signed.
Certificate blank(EVP_PKEY* key, const std::string& common_name, int days) {
  Certificate c(X509_new());
  std::string serial = system_random().bytes(16);
  serial[0] = char((serial[0] & 0x3f) | 0x40);  // positive and of full length
  std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), int(serial.size()), nullptr));
  X509_NAME* name = X509_get_subject_name(c.get());
  auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  bool ok = X509_set_version(c.get(), X509_VERSION_3) && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(c.get())) &&
            X509_gmtime_adj(X509_getm_notBefore(c.get()), -3600) &&  // clients' clocks may be a little behind
            X509_time_adj_ex(X509_getm_notAfter(c.get()), days, 0, nullptr) && X509_set_pubkey(c.get(), key) &&
            X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Fogbank"), -1, -1, 0) &&
            X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, int(std::min<size_t>(common_name.size(), 64)), -1, 0);
  return ok ? std::move(c) : nullptr;
}

// Names go into OpenSSL's extension syntax, where commas and colons mean something: only what a DNS name is made of passes.
bool valid_dns_name(std::string_view name) {
  if (name.substr(0, 2) == "*.") name.remove_prefix(2);
  if (name.empty() || name.size() > 253) return false;
  for (char c : name) if (!isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && c != '_') return false;
  return true;
}

Result<std::string> alternative_names(const std::vector<std::string>& dns, const std::vector<std::string>& ips) {
  std::string out;
  for (const auto& name : dns) {
    if (!valid_dns_name(name)) return fail("CertificateFailed", cat("not a DNS name: ", name));
    append(out, out.empty() ? "" : ",", "DNS:", name);
  }
  for (const auto& ip : ips) {
    unsigned char raw[16];
    if (inet_pton(AF_INET, ip.c_str(), raw) != 1 && inet_pton(AF_INET6, ip.c_str(), raw) != 1)
      return fail("CertificateFailed", cat("not an IP address: ", ip));
    append(out, out.empty() ? "" : ",", "IP:", ip);
  }
  if (out.empty()) return fail("CertificateFailed", "a server certificate needs a name");
  return out;
}

Millis millis_of(const ASN1_TIME* t) {
  std::tm tm{};
  return ASN1_TIME_to_tm(t, &tm) == 1 ? Millis(timegm(&tm)) * 1000 : 0;
}

void read_names(X509* c, CertificateInfo& out) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(c, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME* n = sk_GENERAL_NAME_value(names, i);
    const ASN1_STRING* value = n->type == GEN_DNS ? n->d.dNSName : n->type == GEN_IPADD ? n->d.iPAddress : nullptr;
    if (!value) continue;
    auto* data = ASN1_STRING_get0_data(value);
    size_t size = size_t(ASN1_STRING_length(value));
    if (n->type == GEN_DNS) { out.dns_names.emplace_back(reinterpret_cast<const char*>(data), size); continue; }
    char text[INET6_ADDRSTRLEN] = "";
    if (size == 4 || size == 16) inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text, sizeof text);
    out.ip_addresses.emplace_back(text);
  }
  GENERAL_NAMES_free(names);
}

}  // namespace

Result<Authority> make_authority(const std::string& common_name, int days) {
  ERR_clear_error();
  Key key(EVP_EC_gen("P-256"));
  if (!key) return failure("no key for the authority");
  auto c = blank(key.get(), common_name, days);
  bool ok = c && X509_set_issuer_name(c.get(), X509_get_subject_name(c.get())) &&
            add_extension(c.get(), c.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
            add_extension(c.get(), c.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
            add_extension(c.get(), c.get(), NID_subject_key_identifier, "hash") && X509_sign(c.get(), key.get(), EVP_sha256());
  if (!ok) return failure("the authority's certificate cannot be made");
  return Authority{pem_of(c.get()), pem_of(key.get())};
}

Result<TlsIdentity> make_server_certificate(const Authority& authority, const std::vector<std::string>& dns_names,
                                            const std::vector<std::string>& ip_addresses, int days) {
  ERR_clear_error();
  FB_ASSIGN(names, alternative_names(dns_names, ip_addresses));
  auto issuer = read_certificate(authority.certificate);
  Bio bio(BIO_new_mem_buf(authority.key.data(), int(authority.key.size())));
  Key issuer_key(PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (!issuer || !issuer_key || X509_check_private_key(issuer.get(), issuer_key.get()) != 1) return failure("the authority cannot be used");
  Key key(EVP_EC_gen("P-256"));
  if (!key) return failure("no key for the server");
  auto c = blank(key.get(), dns_names.empty() ? ip_addresses[0] : dns_names[0], days);
  bool ok = c && X509_set_issuer_name(c.get(), X509_get_subject_name(issuer.get())) &&
            add_extension(c.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
            add_extension(c.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") &&
            add_extension(c.get(), issuer.get(), NID_ext_key_usage, "serverAuth") &&
            add_extension(c.get(), issuer.get(), NID_subject_alt_name, names) &&
            add_extension(c.get(), issuer.get(), NID_subject_key_identifier, "hash") &&
            add_extension(c.get(), issuer.get(), NID_authority_key_identifier, "keyid:always") &&
            X509_sign(c.get(), issuer_key.get(), EVP_sha256());
  if (!ok) return failure("the server's certificate cannot be made");
  return TlsIdentity{pem_of(c.get()) + pem_of(issuer.get()), pem_of(key.get())};
}

Result<std::string> make_signing_certificate(std::string_view pkcs8, const std::string& common_name, int days) {
  auto* at = reinterpret_cast<const unsigned char*>(pkcs8.data());
  Key key(d2i_AutoPrivateKey(nullptr, &at, long(pkcs8.size())));
  if (!key) return failure("the key cannot be read");
  Certificate c = blank(key.get(), common_name, days);
  if (!c || !X509_set_issuer_name(c.get(), X509_get_subject_name(c.get())) || !add_extension(c.get(), c.get(), NID_key_usage, "critical,digitalSignature") ||
      X509_sign(c.get(), key.get(), EVP_sha256()) == 0) {
    return failure("the certificate cannot be made");
  }
  return pem_of(c.get());
}

Result<CertificateInfo> describe_certificate(std::string_view pem) {
  ERR_clear_error();
  auto c = read_certificate(pem);
  if (!c) return failure("not a certificate");
  CertificateInfo out;
  char name[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(c.get()), NID_commonName, name, sizeof name);
  out.subject = name;
  out.not_before = millis_of(X509_get0_notBefore(c.get()));
  out.not_after = millis_of(X509_get0_notAfter(c.get()));
  out.authority = X509_check_ca(c.get()) == 1;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(c.get(), EVP_sha256(), digest, &size) == 1) out.sha256 = hex({reinterpret_cast<char*>(digest), size});
  read_names(c.get(), out);
  return out;
}

}  // namespace fogbank::http
