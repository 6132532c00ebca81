# One image for the server and the worker. node:26 brings npm; the scripts run on the Node that package.json pins.
FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npx tsx tools/build-web.ts

FROM node:26-bookworm-slim
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 GANRM_HOST=0.0.0.0 GANRM_PORT=4400 GANRM_DATA_DIR=/data
WORKDIR /app
COPY --from=build --chown=node:node /app ./
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 4400
CMD ["npm", "run", "server"]
