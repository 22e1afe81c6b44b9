#include "crossfold/core/hash.h"

#include <bit>

#include <openssl/evp.h>

#include "crossfold/core/error.h"

#include "hex.h"

namespace crossfold {

static_assert(std::endian::native == std::endian::little, "hashes and files are little-endian");

std::string Digest::hex() const { return hex_of(bytes); }

struct Hasher::State {
  State() : context(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { start(); }
  void start() const { CF_EXPECT(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::bytes(std::span<const std::byte> data) {
  CF_EXPECT(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
  return *this;
}

Hasher& Hasher::number(std::uint64_t value) {
  return bytes(std::as_bytes(std::span<const std::uint64_t>(&value, 1)));
}

Hasher& Hasher::text(std::string_view value) {
  return values(std::span<const char>(value.data(), value.size()));
}

Digest Hasher::finish() {
  Digest digest;
  CF_EXPECT(EVP_DigestFinal_ex(state_->context.get(), digest.bytes.data(), nullptr) == 1);
  state_->start();
  return digest;
}

Digest sha256(std::string_view data) {
  return Hasher().bytes(std::as_bytes(std::span<const char>(data.data(), data.size()))).finish();
}

}  // namespace crossfold
