#include "crossfold/store/store_bytes.h"

#include <algorithm>
#include <utility>

#include "crossfold/core/error.h"

#include "byte_stream.h"

namespace crossfold {
namespace {

enum class ValueKind : std::uint64_t { numbers, names };

void put(ByteWriter& out, const CodedColumn& column) {
  out.values(column.codes);
  out.texts(column.levels);
}

CodedColumn take_column(ByteReader& in) {
  CodedColumn column;
  column.codes = in.values<std::int32_t>();
  column.levels = in.texts();
  return column;
}

void put(ByteWriter& out, const Attribute& attribute) {
  out.text(attribute.name);
  if (const auto* column = std::get_if<CodedColumn>(&attribute.values)) {
    out.number(static_cast<std::uint64_t>(ValueKind::names));
    put(out, *column);
  } else {
    out.number(static_cast<std::uint64_t>(ValueKind::numbers));
    out.values(std::get<std::vector<double>>(attribute.values));
  }
}

Attribute take_attribute(ByteReader& in) {
  Attribute attribute;
  attribute.name = in.text();
  if (static_cast<ValueKind>(in.number()) == ValueKind::names)
    attribute.values = take_column(in);
  else
    attribute.values = in.values<double>();
  return attribute;
}

void put(ByteWriter& out, const EmbeddingInfo& info) {
  out.texts({info.name, info.extractor, info.extractor_hash, info.preprocessing});
  out.number(info.rows);
  out.number(info.dim);
  out.values(std::vector<std::uint8_t>(info.content.bytes.begin(), info.content.bytes.end()));
}

EmbeddingInfo take_info(ByteReader& in) {
  std::vector<std::string> texts = in.texts();
  CF_EXPECT(texts.size() == 4);
  EmbeddingInfo info{.name = std::move(texts[0]),
                     .rows = in.number(),
                     .dim = in.number(),
                     .extractor = std::move(texts[1]),
                     .extractor_hash = std::move(texts[2]),
                     .preprocessing = std::move(texts[3]),
                     .content = {}};
  const std::vector<std::uint8_t> digest = in.values<std::uint8_t>();
  CF_EXPECT(digest.size() == info.content.bytes.size());
  std::copy(digest.begin(), digest.end(), info.content.bytes.begin());
  return info;
}

}  // namespace

std::string pack_store(const StoreContents& contents) {
  ByteWriter out;
  out.text(contents.path.string());
  out.texts(contents.samples.id);
  out.texts(contents.samples.group);
  put(out, contents.samples.klass);
  put(out, contents.samples.domain);
  put(out, contents.samples.role);
  out.number(contents.samples.attributes.size());
  for (const Attribute& attribute : contents.samples.attributes) put(out, attribute);
  out.number(contents.embeddings.size());
  for (const EmbeddingInfo& info : contents.embeddings) put(out, info);
  out.texts(contents.notes);
  return out.take();
}

StoreContents unpack_store(std::string_view bytes) {
  ByteReader in(bytes);
  StoreContents contents;
  contents.path = in.text();
  contents.samples.id = in.texts();
  contents.samples.group = in.texts();
  contents.samples.klass = take_column(in);
  contents.samples.domain = take_column(in);
  contents.samples.role = take_column(in);
  for (std::uint64_t left = in.number(); left > 0; --left)
    contents.samples.attributes.push_back(take_attribute(in));
  for (std::uint64_t left = in.number(); left > 0; --left)
    contents.embeddings.push_back(take_info(in));
  contents.notes = in.texts();
  CF_EXPECT(in.at_end());
  return contents;
}

}  // namespace crossfold
