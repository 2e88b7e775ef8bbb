#include "http/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::http {

namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

BioPtr memory(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), int(text.size())), BIO_free_all); }

std::string last_error() {
  char text[256] = "no reason given";
  if (auto e = ERR_get_error()) ERR_error_string_n(e, text, sizeof text);
  ERR_clear_error();
  return text;
}

tl::unexpected<ApiError> tls_failure(std::string_view what) { return fail("TlsFailed", cat(what, ": ", last_error()), 500); }

// A key that needs a passphrase is refused; without this OpenSSL would ask for it on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

// Chooses http/1.1 if the client offers it; a client that offers only others is served without ALPN.
int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in, unsigned in_length, void*) {
  static const unsigned char ours[] = "\x08http/1.1";
  return SSL_select_next_proto(const_cast<unsigned char**>(out), out_length, ours, 9, in, in_length) == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<TlsContext> base_context(const SSL_METHOD* method) {
  SSL_CTX* c = SSL_CTX_new(method);
  if (!c) return nullptr;
  auto out = std::make_shared<TlsContext>(c);
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return out;
}

Result<void> use_chain(SSL_CTX* c, std::string_view pem) {
  auto bio = memory(pem);
  X509Ptr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (!leaf || SSL_CTX_use_certificate(c, leaf.get()) != 1) return tls_failure("the certificate cannot be used");
  while (X509* more = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    if (SSL_CTX_add0_chain_cert(c, more) != 1) { X509_free(more); return tls_failure("the certificate chain cannot be used"); }
  ERR_clear_error();  // the end of the text reads as an error
  return {};
}

/// Where an SSL keeps its session's thumbprints.
int thumbprints_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string thumbprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  int length = i2d_X509(certificate, &der);
  std::string out = length > 0 ? hex(sha1({reinterpret_cast<char*>(der), size_t(length)})) : std::string();
  OPENSSL_free(der);
  return out;
}

using StorePtr = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)>;

/// Verifies the chain again with those of its own certificates as authorities whose thumbprints are trusted.
bool leads_to_thumbprint(X509_STORE_CTX* given, SSL* ssl, const std::vector<std::string>& thumbprints) {
  StorePtr trusted(X509_STORE_new(), X509_STORE_free);
  StoreContextPtr again(X509_STORE_CTX_new(), X509_STORE_CTX_free);
  if (!trusted || !again) return false;
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(given);
  bool any = false;
  for (int i = 0; i < sk_X509_num(chain); i++) {
    X509* certificate = sk_X509_value(chain, i);
    if (std::find(thumbprints.begin(), thumbprints.end(), thumbprint_of(certificate)) == thumbprints.end()) continue;
    any = X509_STORE_add_cert(trusted.get(), certificate) == 1 || any;
  }
  if (!any || X509_STORE_CTX_init(again.get(), trusted.get(), X509_STORE_CTX_get0_cert(given), chain) != 1) return false;
  X509_VERIFY_PARAM* terms = X509_STORE_CTX_get0_param(again.get());
  if (X509_STORE_CTX_set_default(again.get(), "ssl_server") != 1 || X509_VERIFY_PARAM_set1(terms, SSL_get0_param(ssl)) != 1) return false;
  X509_VERIFY_PARAM_set_flags(terms, X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_verify_cert(again.get()) != 1) return false;
  X509_STORE_CTX_set_error(given, X509_V_OK);
  return true;
}

int verify_peer(X509_STORE_CTX* given, void*) {
  if (X509_verify_cert(given) == 1) return 1;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(given, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* thumbprints = static_cast<const std::vector<std::string>*>(SSL_get_ex_data(ssl, thumbprints_index()));
  return thumbprints && !thumbprints->empty() && leads_to_thumbprint(given, ssl, *thumbprints) ? 1 : 0;
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<TlsContext>> make_server_context(const TlsIdentity& identity) {
  ERR_clear_error();
  auto out = base_context(TLS_server_method());
  if (!out) return tls_failure("no TLS context");
  FB_TRY(use_chain(out->get(), identity.certificate_chain));
  auto bio = memory(identity.key);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(out->get(), key.get()) != 1 || SSL_CTX_check_private_key(out->get()) != 1)
    return tls_failure("the private key does not fit the certificate");
  SSL_CTX_set_alpn_select_cb(out->get(), choose_alpn, nullptr);
  SSL_CTX_set_session_id_context(out->get(), reinterpret_cast<const unsigned char*>("fogbank"), 7);
  SSL_CTX_set_session_cache_mode(out->get(), SSL_SESS_CACHE_OFF);  // tickets carry sessions; nothing is kept here
  return out;
}

Result<std::shared_ptr<TlsContext>> make_client_context(std::string_view more_authorities) {
  ERR_clear_error();
  auto out = base_context(TLS_client_method());
  if (!out) return tls_failure("no TLS context");
  SSL_CTX_set_default_verify_paths(out->get());
  SSL_CTX_set_verify(out->get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(out->get(), verify_peer, nullptr);
  auto bio = memory(more_authorities);
  while (!more_authorities.empty()) {
    X509Ptr ca(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (!ca) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(out->get()), ca.get()) != 1) return tls_failure("an authority cannot be used");
  }
  ERR_clear_error();
  return out;
}

TlsSession::TlsSession(const TlsContext& context, int fd) : ssl_(SSL_new(context.get())) {
  if (!ssl_ || SSL_set_fd(ssl_, fd) != 1) { error_ = last_error(); return; }
  SSL_set_accept_state(ssl_);
}

TlsSession::TlsSession(const TlsContext& context, int fd, const std::string& host, std::vector<std::string> thumbprints)
    : ssl_(SSL_new(context.get())), thumbprints_(std::move(thumbprints)) {
  if (!ssl_ || SSL_set_fd(ssl_, fd) != 1 || SSL_set_ex_data(ssl_, thumbprints_index(), &thumbprints_) != 1) { error_ = last_error(); return; }
  SSL_set_connect_state(ssl_);
  unsigned char raw[16];
  bool ip = inet_pton(AF_INET, host.c_str(), raw) == 1 || inet_pton(AF_INET6, host.c_str(), raw) == 1;
  int named = ip ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str())
                 : (SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS), SSL_set1_host(ssl_, host.c_str()));
  if (named != 1 || (!ip && SSL_set_tlsext_host_name(ssl_, host.c_str()) != 1)) {  // never go on without a name to verify
    error_ = cat("not a host name that can be verified: ", host);
    SSL_free(ssl_);
    ssl_ = nullptr;
  }
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

Io TlsSession::outcome(int r) {
  switch (SSL_get_error(ssl_, r)) {
    case SSL_ERROR_NONE: return {Io::ok, size_t(r)};
    case SSL_ERROR_WANT_READ: return {Io::again_read, 0};
    case SSL_ERROR_WANT_WRITE: return {Io::again_write, 0};
    case SSL_ERROR_ZERO_RETURN: return {Io::eof, 0};
    default: break;
  }
  long verdict = SSL_get_verify_result(ssl_);
  error_ = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : last_error();
  ERR_clear_error();
  return {Io::failed, 0};
}

Io TlsSession::handshake() {
  if (!ssl_) return {Io::failed, 0};
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_));
}

Io TlsSession::read(char* out, size_t size) {
  ERR_clear_error();
  return outcome(SSL_read(ssl_, out, int(std::min<size_t>(size, 1 << 30))));
}

Io TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  return outcome(SSL_write(ssl_, bytes.data(), int(std::min<size_t>(bytes.size(), 1 << 30))));
}

bool TlsSession::pending() const { return ssl_ && SSL_has_pending(ssl_); }

void TlsSession::shutdown() {
  if (!ssl_ || !SSL_is_init_finished(ssl_)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string TlsSession::error() const { return error_; }

}  // namespace fogbank::http
