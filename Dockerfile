FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        tesseract-ocr tesseract-ocr-eng tesseract-ocr-vie tesseract-ocr-msa tesseract-ocr-tha tesseract-ocr-script-viet \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY access_policies access_policies
COPY ocr ocr
COPY vault vault
COPY api api
RUN pip install --no-cache-dir --no-index --no-deps --no-build-isolation -e .

# A volume takes over owner and mode of the folder it is first mounted on.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin vault && install -d -m 0700 -o vault -g vault /data
USER vault
ENV VAULT_DATA_FOLDER=/data VAULT_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
CMD ["migrant-vault", "serve"]
