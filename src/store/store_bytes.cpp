#include "crossfold/store/store_bytes.h"

#include <variant>
#include <vector>

#include "crossfold/core/bytes.h"

namespace crossfold {

// Variants and digests need more than a list of their fields, so they are taken apart here.

static void byte_fields(auto& codec, same_but_const<CodedColumn> auto& c) {
  codec(c.codes, c.levels);
}

static void byte_fields(ByteWriter& codec, const Attribute& a) {
  const auto* names = std::get_if<CodedColumn>(&a.values);
  codec(a.name, names != nullptr);
  if (names != nullptr)
    codec(*names);
  else
    codec(std::get<std::vector<double>>(a.values));
}

static void byte_fields(ByteReader& codec, Attribute& a) {
  bool has_names = false;
  codec(a.name, has_names);
  if (has_names)
    codec(a.values.emplace<CodedColumn>());
  else
    codec(a.values.emplace<std::vector<double>>());
}

static void byte_fields(auto& codec, same_but_const<SampleTable> auto& s) {
  codec(s.id, s.group, s.class_label, s.domain, s.role, s.attributes);
}

static void byte_fields(auto& codec, same_but_const<Digest> auto& d) {
  for (auto& byte : d.bytes) codec(byte);
}

static void byte_fields(auto& codec, same_but_const<EmbeddingInfo> auto& e) {
  codec(e.name, e.rows, e.dim, e.extractor, e.extractor_hash, e.preprocessing, e.content);
}

std::string pack_store(const StoreContents& contents) {
  ByteWriter codec;
  codec(contents.path.string(), contents.samples, contents.embeddings, contents.images,
        contents.notes);
  return codec.take();
}

StoreContents unpack_store(std::string_view bytes) {
  StoreContents contents;
  std::string path;
  ByteReader codec(bytes);
  codec(path, contents.samples, contents.embeddings, contents.images, contents.notes);
  codec.finish();
  contents.path = path;
  return contents;
}

}  // namespace crossfold
